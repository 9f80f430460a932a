#include "hosts/hook/api/grants_api.h"

#include <algorithm>

#include "hosts/app/app.h"
#include "hosts/app/grants_wanted.h"
#include "hosts/hook/api/schema_texts.h"
#include "runtime/base/hash.h"

namespace yoke {
namespace {

struct ShownGrant {
  GrantWanted wanted;
  std::string shown;
  std::string mark;  // of all that a person sees of it: a yes is to that and to nothing else
};

Result<std::vector<ShownGrant>> grants_for(App& app, const std::string& agent) {
  const Result<Program> program = app.choose(ProgramChoice{agent, agent.empty(), ""});
  if (!program) return program.error();
  std::vector<ShownGrant> all;
  for (GrantWanted& each : grants_wanted(app, *program)) {
    ShownGrant grant{std::move(each), {}, {}};
    grant.shown = grant.wanted.show();
    Hasher hasher;
    hasher.field("yoke.grant.1").field(grant.wanted.name).field(grant.wanted.why);
    hasher.field(to_text(Json(grant.wanted.powers))).field(grant.shown);
    grant.mark = to_hex(hasher.finish());
    all.push_back(std::move(grant));
  }
  return all;
}

awaitable<HttpReply> list_grants(ApiRef api, AskedOf asked) {
  const Result<std::vector<ShownGrant>> all =
      grants_for(api->services.app, string_at(asked.query, "agent"));
  if (!all) co_return problem(refusal_with(404, "not_found", all.error().message()));
  Json body{{"grants", Json::array()}};
  for (const ShownGrant& each : *all) {
    body["grants"].push_back(Json{{"name", each.wanted.name},
                                  {"why", each.wanted.why},
                                  {"powers", each.wanted.powers},
                                  {"by_hand", each.wanted.by_hand},
                                  {"shown", each.shown},
                                  {"mark", each.mark}});
  }
  co_return json_reply(200, body);
}

awaitable<HttpReply> take_grant(ApiRef api, AskedOf asked) {
  const std::string name = string_at(asked.body, "name");
  const Result<std::vector<ShownGrant>> all =
      grants_for(api->services.app, string_at(asked.body, "agent"));
  if (!all) co_return problem(refusal_with(404, "not_found", all.error().message()));
  const auto found = std::find_if(all->begin(), all->end(), [&name](const ShownGrant& each) {
    return each.wanted.name == name;
  });
  if (found == all->end()) {
    co_return problem(
        refusal_with(404, "not_found", "'" + name + "' does not wait for a grant (any more)"));
  }
  if (found->mark != string_at(asked.body, "mark")) {
    co_return problem(refusal_with(409, "conflict",
                                   "'" + name + "' is no longer what was shown; look at it again"));
  }
  const Result<void> granted = found->wanted.grant();
  if (!granted) co_return problem(refusal_of(granted.error()));
  co_return json_reply(200, Json{{"granted", name}});
}

}  // namespace

const char* const kGrantSchemas = R"json({
"GrantsWanted": {
  "type": "object", "required": ["grants"], "additionalProperties": false, "properties": {
    "grants": {"type": "array", "items": {
      "type": "object", "required": ["name", "why", "powers", "by_hand", "shown", "mark"],
      "additionalProperties": false, "properties": {
        "name": {"type": "string"},
        "why": {"type": "string"},
        "powers": {"type": "array", "items": {"type": "string"}},
        "by_hand": {"type": "string", "description": "How it is granted without this."},
        "shown": {"type": "string", "description": "What a person looks at before a yes."},
        "mark": {"type": "string", "description": "Of all that: what a yes is to."}}}}}},
"TakeGrant": {
  "type": "object", "required": ["name", "mark"], "additionalProperties": false, "properties": {
    "name": {"type": "string"}, "mark": {"type": "string"},
    "agent": {"type": "string", "description": "Whose it is; left out, of a plain agent."},
    "by": {"type": "string", "description": "Who acts, for the record."}}},
"Granted": {
  "type": "object", "required": ["granted"], "additionalProperties": false, "properties": {
    "granted": {"type": "string"}}}
})json";

void add_grant_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation listing("listGrants", "project", "What waits for a person's grant");
  listing
      .query("agent", Json{{"type", "string"}, {"maxLength", 4096}},
             "Whose it is; left out, of a plain agent.")
      .answers(200, "GrantsWanted", "What its calls are refused for.")
      .fails({404});
  endpoints.push_back(
      api_endpoint(api, {"GET", "/v1/grants", Scope::manage}, listing, list_grants));
  Operation taking("takeGrant", "project", "Grant what was shown");
  taking.body("TakeGrant")
      .answers(200, "Granted", "It is remembered in yoke.lock.")
      .fails({400, 404, 409, 415, 422});
  endpoints.push_back(api_endpoint(api, {"POST", "/v1/grants", Scope::manage}, taking, take_grant));
}

}  // namespace yoke
