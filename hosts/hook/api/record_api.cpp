#include "hosts/hook/api/record_api.h"

#include "hosts/app/record_care.h"
#include "hosts/hook/api/schema_texts.h"
#include "runtime/record/root_file.h"

namespace yoke {
namespace {

awaitable<HttpReply> seal_record(ApiRef api, AskedOf) {
  App& app = api->services.app;
  auto sealing = seal_as_configured(app.config(), app.store());
  const Result<std::vector<AuditRoot>> made = co_await std::move(sealing);
  if (!made) co_return problem(refusal_of(made.error()));
  Json roots = Json::array();
  for (const AuditRoot& root : *made) roots.push_back(to_json(root));
  co_return json_reply(200, Json{{"roots", std::move(roots)}});
}

awaitable<HttpReply> clear_record(ApiRef api, AskedOf) {
  App& app = api->services.app;
  auto clearing = clear_as_configured(app.config(), app.store(), app.wall());
  const Result<ClearedRecord> cleared = co_await std::move(clearing);
  if (!cleared) co_return problem(refusal_of(cleared.error()));
  co_return json_reply(200, to_json(*cleared));
}

}  // namespace

const char* const kRecordSchemas = R"json({
"SealedRoots": {
  "description": "The roots that were made, oldest first; none: nothing had changed.",
  "type": "object", "required": ["roots"], "additionalProperties": false, "properties": {
    "roots": {"type": "array", "items": {"type": "object"}}}},
"ClearedRecord": {
  "type": "object", "required": ["erased", "kept", "outbox", "files", "bytes"],
  "additionalProperties": false, "properties": {
    "erased": {"type": "integer", "description": "Runs past their time."},
    "kept": {"type": "integer", "description": "Runs past their time that others still need."},
    "outbox": {"type": "integer", "description": "Webhooks settled long ago, forgotten."},
    "files": {"type": "integer", "description": "Files that nothing named, removed."},
    "bytes": {"type": "integer", "description": "Of those files."}}}
})json";

void add_record_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation sealing("sealRecord", "record", "Make a root over all runs that changed");
  sealing.optional_body("Nothing")
      .answers(200, "SealedRoots", "The roots.")
      .fails({400, 409, 415, 422, 503});
  endpoints.push_back(
      api_endpoint(api, {"POST", "/v1/record/seal", Scope::manage}, sealing, seal_record));
  Operation clearing("clearRecord", "record", "Erase what is past its time, and clear up");
  clearing.optional_body("Nothing")
      .answers(200, "ClearedRecord", "What was done.")
      .fails({400, 409, 415, 422, 503});
  endpoints.push_back(
      api_endpoint(api, {"POST", "/v1/record/clear", Scope::manage}, clearing, clear_record));
}

}  // namespace yoke
