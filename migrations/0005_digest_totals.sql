-- What a digest counted, as JSON, written down when it is claimed: the next one tells how that changed.
ALTER TABLE deliveries ADD COLUMN totals TEXT;
-- What the route groups a bundle's events by, such as a batch; digests of the same are compared.
ALTER TABLE deliveries ADD COLUMN bundle_value TEXT;
