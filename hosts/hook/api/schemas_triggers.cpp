#include "hosts/hook/api/schema_texts.h"

namespace yoke {

const char* const kTriggerSchemas = R"json({
"ScheduleOrder": {
  "description": "It has a task, an input, or both.",
  "type": "object", "required": ["cron", "agent"], "properties": {
    "name": {"type": "string", "description": "Letters, digits, - and _."},
    "cron": {"type": "string", "description": "Five fields, or @daily and the like."},
    "zone": {"type": "string", "description": "An IANA time zone; UTC when absent."},
    "agent": {"type": "string", "description": "Who is started."},
    "task": {"type": "string", "description": "What it is told."},
    "input": {"type": "object"},
    "session": {"type": "string", "description": "The conversation it goes on with."},
    "limits": {"type": "object"},
    "missed": {"enum": ["skip", "once", "all"]},
    "enabled": {"type": "boolean"}}},
"Schedule": {
  "type": "object", "required": ["name", "cron", "zone", "agent", "from", "next", "enabled"],
  "properties": {
    "name": {"type": "string"},
    "cron": {"type": "string"},
    "zone": {"type": "string"},
    "agent": {"type": "string"},
    "task": {"type": "string"},
    "input": {"type": "object"},
    "session": {"type": "string"},
    "limits": {"type": "object"},
    "missed": {"enum": ["skip", "once", "all"]},
    "enabled": {"type": "boolean"},
    "from": {"enum": ["yoke.toml", "api"], "description": "Where it is changed."},
    "next": {"type": "array", "items": {
      "type": "object", "required": ["at", "local"], "properties": {
        "at": {"$ref": "#/components/schemas/Time"},
        "local": {"type": "string", "description": "By the clocks of its zone."}}}},
    "last": {"type": "object", "required": ["at"], "properties": {
      "at": {"$ref": "#/components/schemas/Time"},
      "run": {"type": "string"},
      "error": {"type": "string", "description": "Why there is no run."}}}}},
"ScheduleList": {
  "type": "object", "required": ["schedules"], "properties": {
    "schedules": {"type": "array", "items": {"$ref": "#/components/schemas/Schedule"}}}},
"ScheduledRun": {
  "type": "object", "required": ["run"], "properties": {"run": {"type": "string"}}},
"WebhookList": {
  "type": "object", "required": ["webhooks"], "properties": {
    "webhooks": {"type": "array", "items": {
      "type": "object", "required": ["name", "events", "for_runs"], "properties": {
        "name": {"type": "string"},
        "url": {"type": "string"},
        "events": {"type": "array", "items": {"type": "string"}},
        "for_runs": {"type": "boolean", "description": "It signs for runs that name a URL."}}}}}},
"DeliveryPage": {
  "type": "object", "required": ["deliveries"], "properties": {
    "before": {"type": "integer", "description": "For the next page; absent on the last one."},
    "deliveries": {"type": "array", "items": {
      "type": "object", "required": ["id", "webhook", "run", "seq", "type", "state", "tries", "at"],
      "properties": {
        "id": {"type": "integer"},
        "webhook": {"type": "string"},
        "url": {"type": "string", "description": "Where the run named one."},
        "run": {"type": "string"},
        "seq": {"type": "integer"},
        "type": {"type": "string"},
        "message": {"type": "string", "description": "The same at each try."},
        "state": {"enum": ["unsent", "sent", "given_up"]},
        "tries": {"type": "integer"},
        "last_error": {"type": "string"},
        "at": {"$ref": "#/components/schemas/Time"},
        "next_at": {"$ref": "#/components/schemas/Time"},
        "settled_at": {"$ref": "#/components/schemas/Time"}}}}}},
"DeliverySent": {
  "type": "object", "required": ["sent"], "properties": {
    "sent": {"type": "boolean"},
    "error": {"type": "string", "description": "Why it was not."}}}
})json";

}  // namespace yoke
