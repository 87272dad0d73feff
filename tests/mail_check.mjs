// For tests/mail.sh: checks the pages in a folder, and fails when there is anything to say about them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { caniemail } from "caniemail";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const folder = process.argv[2];

// Gmail cuts what is longer.
const LONGEST = 102_000;

const rules = {
  // What mail programs want is not what browsers want.
  "no-inline-style": "off",
  "no-deprecated-attr": "off",
  "no-conditional-comment": "off",
  // The title is the subject.
  "long-title": "off",
};

// These only embellish: a mail is as complete and nearly as neat without them.
const MAY_BE_MISSING = new Set([
  "@media", // phones and the dark
  "<style> element", // holds nothing but @media
  "<body> element", // becomes a <div>; the colour behind is a table's as well
  "display:none", // the preview line is shown above the title then
  "overflow",
  "border-radius",
  "white-space",
  "word-break",
  "role attribute",
  "lang attribute",
  "text-decoration", // the button's words are underlined then
  "height property", // the attribute says it too
  "height attribute", // and the other way round
  "width attribute",
]);

const clients = ["apple-mail.*", "gmail.*", "outlook.*", "yahoo.*", "samsung-email.*", "thunderbird.*", "protonmail.*", "fastmail.*", "hey.*"];
const loader = new StaticConfigLoader({ extends: ["html-validate:recommended"], rules });
const validator = new HtmlValidate(loader);

const wrong = [];
const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
for (const name of pages) {
  const html = readFileSync(join(folder, name), "utf8");
  if (Buffer.byteLength(html) > LONGEST) wrong.push(`${name}: ${Buffer.byteLength(html)} bytes`);
  const report = await validator.validateString(html, name);
  for (const { messages } of report.results) {
    for (const { line, column, message, ruleId } of messages) wrong.push(`${name}:${line}:${column}: ${message} (${ruleId})`);
  }
  const { issues } = caniemail({ clients, html });
  for (const [client, found] of issues.errors) {
    for (const { title } of found) {
      const said = `${name}: ${client} does not know ${title}`;
      if (!MAY_BE_MISSING.has(title) && !wrong.includes(said)) wrong.push(said);
    }
  }
}

if (pages.length < 30) wrong.push(`only ${pages.length} mails were written`);
wrong.forEach((said) => console.error(said));
console.log(`${pages.length} mails checked, ${wrong.length} complaints`);
process.exit(wrong.length ? 1 : 0);
