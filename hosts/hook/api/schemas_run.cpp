#include "hosts/hook/api/schema_texts.h"

namespace yoke {

// What is told of runs.
const char* const kRunSchemas = R"json({
"Time": {"type": "string", "format": "date-time",
  "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z$"},
"RunId": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$",
  "description": "A ULID: ids sort by when their runs began."},
"RunStatus": {"type": "string",
  "enum": ["running", "waiting", "completed", "failed", "cancelled", "quarantined"]},
"RunUsage": {
  "type": "object", "required": ["steps", "tokens", "nanousd", "unpriced"], "properties": {
    "steps": {"type": "integer", "description": "Model calls."},
    "tokens": {"type": "integer", "description": "Input and output together."},
    "nanousd": {"type": "integer", "description": "Its cost so far, in billionths of a dollar."},
    "unpriced": {"type": "boolean",
      "description": "The price of a call is not known: `nanousd` leaves it out."},
    "children": {"type": "object", "required": ["runs", "steps", "nanousd"], "properties": {
      "runs": {"type": "integer"}, "steps": {"type": "integer"}, "nanousd": {"type": "integer"}},
      "description": "What the runs below it came to, which the rest leaves out."}}},
"RunSummary": {
  "type": "object",
  "required": ["run", "agent", "status", "reason", "session", "by", "title", "usage", "events",
    "created_at"],
  "properties": {
    "run": {"$ref": "#/components/schemas/RunId"},
    "agent": {"type": "string"},
    "status": {"$ref": "#/components/schemas/RunStatus"},
    "reason": {"type": "string",
      "description": "Why it has that status: question, limit.usd …; may be empty."},
    "session": {"type": "string", "description": "Empty: none."},
    "by": {"type": "string", "description": "Who started it."},
    "title": {"type": "string", "description": "The beginning of its task."},
    "erased": {"type": "object", "required": ["at", "by"], "properties": {
      "at": {"$ref": "#/components/schemas/Time"}, "by": {"type": "string"}},
      "description": "What was said in it is gone: since when, and by whom."},
    "usage": {"$ref": "#/components/schemas/RunUsage"},
    "events": {"type": "integer", "description": "How many its journal has."},
    "created_at": {"$ref": "#/components/schemas/Time"},
    "finished_at": {"$ref": "#/components/schemas/Time"},
    "fork": {"type": "object", "required": ["run", "at"], "properties": {
      "run": {"$ref": "#/components/schemas/RunId"}, "at": {"type": "integer"}},
      "description": "The run whose first events it shares, and how many of them."},
    "parent": {"type": "object", "required": ["run"], "properties": {
      "run": {"$ref": "#/components/schemas/RunId"}, "call": {"type": "string"}},
      "description": "The run that it was made for."}}},
"Question": {
  "type": "object", "required": ["question", "purpose", "title", "choices"], "properties": {
    "question": {"type": "string", "description": "Its id, to be answered by."},
    "purpose": {"type": "string",
      "description": "approve (a call), unknown, ask, input (of a call), tool (carry it out)"},
    "title": {"type": "string"},
    "body": {"description": "What it is about."},
    "choices": {"type": "array"},
    "call": {"type": "string", "description": "The call that it is about."}}},
"RunLimits": {
  "type": "object", "required": ["steps", "tokens", "usd", "seconds", "repeats"], "properties": {
    "steps": {"type": "integer"}, "tokens": {"type": "integer"}, "usd": {"type": "number"},
    "seconds": {"type": "integer"}, "repeats": {"type": "integer"}}},
"Run": {
  "allOf": [{"$ref": "#/components/schemas/RunSummary"}],
  "type": "object", "required": ["task", "limits", "questions"], "properties": {
    "task": {"type": "string"},
    "input": {"type": "object"},
    "model": {"type": "string", "description": "Asked for in place of the agent's own."},
    "limits": {"$ref": "#/components/schemas/RunLimits"},
    "questions": {"type": "array", "items": {"$ref": "#/components/schemas/Question"},
      "description": "Those that wait for an answer."},
    "signals": {"type": "array", "items": {"type": "string"},
      "description": "The names of those that it waits for; left out where it waits for none."},
    "text": {"type": "string", "description": "The answer of a completed run."},
    "output": {"description": "The same as data, where the agent has an output schema."},
    "message": {"type": "string", "description": "Why it failed, or who cancelled it."}}},

"RunPage": {
  "type": "object", "required": ["runs"], "properties": {
    "runs": {"type": "array", "items": {"$ref": "#/components/schemas/RunSummary"}},
    "next": {"type": "string", "description": "Where the next page begins, for `cursor`."}}},
"Event": {
  "description": "One entry of a run's journal. What else it has depends on its kind.",
  "type": "object", "required": ["seq", "run", "kind", "at"], "additionalProperties": true,
  "properties": {
    "seq": {"type": "integer", "minimum": 1},
    "run": {"$ref": "#/components/schemas/RunId"},
    "kind": {"type": "string"},
    "at": {"$ref": "#/components/schemas/Time"}}},
"EventPage": {
  "type": "object", "required": ["events", "ended"], "properties": {
    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
    "next": {"type": "string", "description": "There are more: what to ask for with `after`."},
    "ended": {"type": "boolean", "description": "The run has ended: its journal grows no more."}}},
"Answered": {
  "type": "object", "required": ["run", "question", "by", "at"], "properties": {
    "run": {"$ref": "#/components/schemas/RunId"},
    "question": {"type": "string"},
    "by": {"type": "string", "description": "Whose answer counts."},
    "at": {"$ref": "#/components/schemas/Time"}}},
"SignalSent": {
  "type": "object", "required": ["run", "signal", "by", "at", "repeated", "awaited"],
  "properties": {
    "run": {"$ref": "#/components/schemas/RunId"},
    "signal": {"type": "string", "description": "Its name."},
    "by": {"type": "string", "description": "Who sent it, for the record."},
    "at": {"$ref": "#/components/schemas/Time"},
    "repeated": {"type": "boolean",
      "description": "It was sent before, under the same Idempotency-Key: nothing was added."},
    "awaited": {"type": "array", "items": {"type": "string"},
      "description": "The signals that the run waited for when it came; another is kept."}}},
"Session": {
  "type": "object", "required": ["session", "runs", "agent", "title", "created_at", "last_at",
    "last_run", "status", "reason"],
  "properties": {
    "session": {"type": "string"},
    "runs": {"type": "integer"},
    "agent": {"type": "string", "description": "Of the newest run; so are the next four."},
    "title": {"type": "string"},
    "reason": {"type": "string"},
    "last_run": {"$ref": "#/components/schemas/RunId"},
    "status": {"$ref": "#/components/schemas/RunStatus"},
    "created_at": {"$ref": "#/components/schemas/Time"},
    "last_at": {"$ref": "#/components/schemas/Time"}}},
"SessionPage": {
  "type": "object", "required": ["sessions"], "properties": {
    "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
    "next": {"type": "string", "description": "Where the next page begins, for `cursor`."}}},
"SessionRuns": {
  "type": "object", "required": ["session", "runs"], "properties": {
    "session": {"type": "string"},
    "runs": {"type": "array", "items": {"$ref": "#/components/schemas/RunSummary"},
      "description": "The newest first."},
    "next": {"type": "string", "description": "Where the next page begins, for `cursor`."}}}
})json";

}  // namespace yoke
