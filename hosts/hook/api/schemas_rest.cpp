#include "hosts/hook/api/schema_texts.h"

namespace yoke {

// What is told of the project and of this process.
const char* const kPlaceSchemas = R"json({
"Problem": {
  "description": "RFC 9457.",
  "type": "object", "required": ["title", "status", "code", "detail"], "properties": {
    "type": {"type": "string"},
    "title": {"type": "string", "description": "The same for all of its kind."},
    "status": {"type": "integer"},
    "detail": {"type": "string", "description": "This one: what, where and the mend."},
    "code": {"type": "string", "description": "For machines; of each refusal."},
    "param": {"type": "string",
      "description": "What is wrong: a JSON pointer into the body, or a name in the query."},
    "by": {"type": "string", "description": "Of what somebody did already: who."},
    "at": {"$ref": "#/components/schemas/Time"}}},
"AgentList": {
  "type": "object", "required": ["agents"], "properties": {
    "agents": {"type": "array", "items": {
      "type": "object", "required": ["name", "description", "usable"], "properties": {
        "name": {"type": "string", "description": "To start it by."},
        "description": {"type": "string"},
        "usable": {"type": "boolean"},
        "problem": {"type": "string", "description": "Why it cannot be used."}}}}}},
"Reloaded": {
  "type": "object", "required": ["tools", "problems"], "properties": {
    "tools": {"type": "integer", "description": "How many there are now."},
    "problems": {"type": "array", "items": {"type": "string"},
      "description": "What cannot be had, each with its place."}}},
"Context": {
  "type": "object", "required": ["model"], "properties": {
    "model": {"type": "string", "description": "A route or \"backend/model\"."},
    "context_window": {"type": "integer", "minimum": 1, "description":
      "How many tokens a request and its answer may have together; left out where not known."}}},
"ToolList": {
  "type": "object", "required": ["tools"], "properties": {
    "tools": {"type": "array", "items": {
      "type": "object",
      "required": ["name", "description", "effect", "timeout_ms", "granted", "input_schema"],
      "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "effect": {"type": "string", "enum": ["read", "idempotent", "once"]},
        "timeout_ms": {"type": "integer"},
        "granted": {"type": "boolean", "description": "false: somebody has to grant it first."},
        "input_schema": {"type": "object", "description": "JSON Schema.",
          "additionalProperties": true},
        "output_schema": {"type": "object", "description": "JSON Schema.",
          "additionalProperties": true}}}}}},
"Health": {
  "type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}},
"Readiness": {
  "type": "object", "required": ["ready", "reasons", "driving"], "properties": {
    "ready": {"type": "boolean"},
    "reasons": {"type": "array", "items": {"type": "string"},
      "description": "Why it is not."},
    "driving": {"type": "integer", "description": "Runs that are driven here at this moment."}}},
"Description": {
  "description": "OpenAPI 3.1.",
  "type": "object", "required": ["openapi", "info", "paths"], "additionalProperties": true}
})json";

// What is told of money.
const char* const kMoneySchemas = R"json({
"SpendSum": {
  "type": "object",
  "required": ["requests", "estimated_requests", "unpriced_requests", "input", "cached",
    "cache_write", "output", "reasoning", "nanousd", "estimated_nanousd"],
  "properties": {
    "requests": {"type": "integer", "description": "To vendors, as far as they were billed."},
    "estimated_requests": {"type": "integer", "description": "Whose usage the vendor did not say."},
    "unpriced_requests": {"type": "integer", "description": "Whose price is not known."},
    "input": {"type": "integer"}, "cached": {"type": "integer"},
    "cache_write": {"type": "integer"}, "output": {"type": "integer"},
    "reasoning": {"type": "integer"},
    "nanousd": {"type": "integer", "description": "Billionths of a dollar."},
    "estimated_nanousd": {"type": "integer", "description": "The part of it that is estimated."}}},
"SpendLine": {
  "allOf": [{"$ref": "#/components/schemas/SpendSum"}],
  "type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "description": "Empty: of what has no such thing."}}},
"Spend": {
  "type": "object", "required": ["by", "since", "rows", "total"], "properties": {
    "by": {"type": "string"},
    "since": {"$ref": "#/components/schemas/Time"},
    "until": {"$ref": "#/components/schemas/Time"},
    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/SpendLine"}},
    "total": {"$ref": "#/components/schemas/SpendSum"}}},
"BudgetList": {
  "type": "object", "required": ["budgets"], "properties": {
    "budgets": {"type": "array", "items": {
      "type": "object",
      "required": ["scope", "window", "unit", "cap", "reserved", "settled"],
      "properties": {
        "scope": {"type": "string", "description": "tenant:NAME, session:TENANT/NAME, run:ID …"},
        "window": {"type": "string",
          "description": "day:2026-11-21, month:2026-11 (both UTC) or ever"},
        "unit": {"type": "string", "enum": ["nanousd", "tokens"]},
        "cap": {"type": "integer"},
        "reserved": {"type": "integer", "description": "By calls that are under way."},
        "settled": {"type": "integer"},
        "resets_at": {"$ref": "#/components/schemas/Time"}}}}}}
})json";

}  // namespace yoke
