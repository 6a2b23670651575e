// Compiles one MJML file and moves its styles inline: the whole of what a Node peer does.
import { readFileSync, writeFileSync } from "node:fs";
import juice from "juice";
import mjml2html from "mjml";

const [source, target] = process.argv.slice(2);
const { html } = await mjml2html(readFileSync(source, "utf8"));
writeFileSync(target, juice(html));
