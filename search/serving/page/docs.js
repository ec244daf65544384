// The API documentation, generated from openapi.json.

import { ask } from "/api.js";
import { failed } from "/messages.js";
import { element, the } from "/nodes.js";

let schemas = {};

try {
  const described = await ask("/openapi.json");
  schemas = described.components.schemas;
  the("about").textContent = described.info.description;
  for (const [path, methods] of Object.entries(described.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      the("docs").append(...shown(path, method, operation));
    }
  }
} catch (error) {
  the("docs").append(failed(error, { again: () => location.reload(), what: "The API docs could not be loaded." }));
}

function shown(path, method, operation) {
  const verb = method.toUpperCase();
  const body = operation.requestBody?.content["application/json"].schema;
  const parameters = body
    ? Object.entries(resolved(body).properties).map(([name, schema]) => ({
        name,
        schema,
        description: schema.description,
        example: schema.example,
        required: resolved(body).required.includes(name),
      }))
    : (operation.parameters ?? []);
  const parts = [
    element("h2", "", element("code", "", `${verb} ${path}`)),
    element("p", "", `${operation.summary}.`),
  ];
  if (operation.description) parts.push(element("p", "", operation.description.replaceAll("`", "")));
  if (parameters.length) {
    const rows = parameters.map((one) => [
      one.name,
      `${one.description ?? ""} ${limits(one.schema, one.required)}`,
    ]);
    parts.push(table(["Parameter", "Meaning"], rows));
  }
  parts.push(sample(example(path, verb, parameters), `Example of ${verb} ${path}`));
  const answers = Object.entries(operation.responses).map(([code, { description }]) => [
    code,
    description,
  ]);
  parts.push(table(["Status", "Meaning"], answers));
  const answer = operation.responses["200"].content["application/json"].schema;
  parts.push(sample(JSON.stringify(shape(answer), null, 1), `Response to ${verb} ${path}`));
  return parts;
}

function sample(text, label) {
  const box = element("pre", "", element("code", "", text));
  box.tabIndex = 0; // it may scroll
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", label);
  return box;
}

function limits(schema, required) {
  const facts = [required ? "Required." : ""];
  if (schema.enum) facts.push(`One of ${schema.enum.join(", ")}.`);
  if (schema.maximum) facts.push(`From ${schema.minimum} to ${schema.maximum.toLocaleString("en")}.`);
  if (schema.maxLength) facts.push(`At most ${schema.maxLength.toLocaleString("en")} characters.`);
  if (schema.default !== undefined) facts.push(`Default: ${schema.default}.`);
  return facts.filter(Boolean).join(" ");
}

function example(path, verb, parameters) {
  const given = parameters.filter((one) => one.example);
  const [first] = given;
  if (verb === "POST") {
    const body = JSON.stringify(Object.fromEntries(given.map((one) => [one.name, one.example])));
    return `curl ${location.origin}${path} -H 'content-type: application/json' -d '${body}'`;
  }
  if (path.includes("{")) return `curl ${location.origin}${path.replace(/\{.*\}/, first.example)}`;
  const query = new URLSearchParams(given.map((one) => [one.name, one.example])).toString();
  return `curl '${location.origin}${path}${query ? `?${query}` : ""}'`;
}

// The shape of an answer: each value is replaced by its type.
function shape(schema) {
  const known = resolved(schema);
  if (known.oneOf) return shape(known.oneOf[0]);
  if (known.type === "object") {
    return Object.fromEntries(Object.entries(known.properties).map(([name, one]) => [name, shape(one)]));
  }
  if (known.type === "array") return [shape(known.items)];
  return known.const ?? [known.type].flat().join(" or ");
}

function resolved(schema) {
  return schema.$ref ? schemas[schema.$ref.split("/").pop()] : schema;
}

function table(heads, rows) {
  const head = element("tr", "", ...heads.map((name) => element("th", "", name)));
  const body = rows.map((row) => element("tr", "", ...row.map((text) => element("td", "", text))));
  return element("table", "", element("thead", "", head), element("tbody", "", ...body));
}
