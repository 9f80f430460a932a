#include "hosts/hook/api/schema_texts.h"

namespace yoke {

// What requests carry.
const char* const kAskedSchemas = R"json({
"Limits": {
  "description": "Bounds of a run; what is left out is as the agent has it. 0 means none.",
  "oneOf": [
    {"type": "object", "additionalProperties": false, "properties": {
      "steps": {"type": "integer", "minimum": 0, "description": "Model calls."},
      "tokens": {"type": "integer", "minimum": 0, "description": "Input and output together."},
      "usd": {"type": "number", "minimum": 0, "description": "Dollars."},
      "seconds": {"type": "integer", "minimum": 0,
        "description": "From its start, waiting for people left out."},
      "repeats": {"type": "integer", "minimum": 0,
        "description": "The same call with the same result so often in a row."}}},
    {"type": "string", "maxLength": 200,
      "description": "As on the command line: steps=20,tokens=100000,usd=0.5,seconds=120"}]},
"WebhookTarget": {
  "type": "object", "additionalProperties": false, "required": ["url"], "properties": {
    "url": {"type": "string", "pattern": "^https?://", "maxLength": 2000,
      "description": "Where the run's events are posted to."},
    "secret_name": {"type": "string", "maxLength": 128,
      "description": "The name, under [secrets], of the secret that they are signed with."},
    "events": {"type": "array", "maxItems": 40, "items": {"type": "string", "maxLength": 64},
      "description": "Kinds of events; left out: how the run ended, and questions."}}},
"OnBusy": {
  "type": "string", "enum": ["reject", "enqueue", "interrupt"], "default": "reject",
  "description": "While another run of the session goes on: 409, wait for it, or cancel it."},
"Images": {
  "type": "array", "maxItems": 50, "items": {
    "type": "string", "pattern": "^(data:|https?://)",
    "description": "\"data:image/png;base64,…\", or an address that the model's vendor fetches."},
  "description": "Shown to the model with the task."},
"StartRun": {
  "type": "object", "additionalProperties": false, "required": ["agent"], "properties": {
    "agent": {"type": "string", "minLength": 1, "maxLength": 200,
      "description": "Its name, as GET /v1/agents lists it."},
    "task": {"type": "string", "description": "What it is to do, in words."},
    "input": {"type": ["object", "string"],
      "description": "Values for it, shown to it with the task; a text is the task."},
    "session": {"type": "string", "maxLength": 200,
      "description": "The conversation that this is the next turn of; begins with its first run."},
    "model": {"type": "string", "maxLength": 200,
      "description": "A route or backend/model, instead of the agent's own."},
    "limits": {"$ref": "#/components/schemas/Limits"},
    "images": {"$ref": "#/components/schemas/Images"},
    "webhook": {"$ref": "#/components/schemas/WebhookTarget"},
    "on_busy": {"$ref": "#/components/schemas/OnBusy"}}},
"SendMessage": {
  "description": "A run in the session of the path.",
  "type": "object", "additionalProperties": false, "properties": {
    "agent": {"type": "string", "minLength": 1, "maxLength": 200,
      "description": "Left out: the agent of the session's newest run."},
    "task": {"type": "string", "description": "What is said."},
    "input": {"type": ["object", "string"], "description": "As of a run."},
    "model": {"type": "string", "maxLength": 200, "description": "As of a run."},
    "limits": {"$ref": "#/components/schemas/Limits"},
    "images": {"$ref": "#/components/schemas/Images"},
    "webhook": {"$ref": "#/components/schemas/WebhookTarget"},
    "on_busy": {"$ref": "#/components/schemas/OnBusy"}}},
"AnswerQuestion": {
  "type": "object", "additionalProperties": false, "required": ["question", "value"],
  "properties": {
    "question": {"type": "string", "minLength": 1, "maxLength": 200,
      "description": "Its id, as the run shows it."},
    "value": {"description":
      "One of its choices where it has some, else any JSON; docs/approvals.md for approvals."}}},
"SendSignal": {
  "type": "object", "additionalProperties": false, "required": ["name"], "properties": {
    "name": {"type": "string", "minLength": 1, "maxLength": 200,
      "description": "What a script in it waits for: w.signal(name). One line."},
    "data": {"description": "Any JSON: what w.signal gives. Left out: nil."}}},
"Nothing": {
  "description": "No fields are known here.",
  "type": "object", "additionalProperties": false, "properties": {}},
"ForkRun": {
  "type": "object", "additionalProperties": false, "required": ["at"], "properties": {
    "at": {"type": "integer", "minimum": 1,
      "description": "The number of the last event that both share."},
    "model": {"type": "string", "maxLength": 200,
      "description": "The new run goes on with this route or backend/model."},
    "result": {"description": "The event is a tool.returned: the new run gets this value instead."},
    "drive": {"type": "boolean", "default": true,
      "description": "false: it is only made, and goes on when it is resumed."}}}
})json";

}  // namespace yoke
