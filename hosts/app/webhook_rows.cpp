#include "hosts/app/webhook_rows.h"

#include <algorithm>
#include <array>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::size_t kPayloadMax = 256 * 1024;
constexpr std::size_t kUrlMax = 2000;
constexpr std::size_t kGlobsMax = 50;
constexpr std::size_t kIdDigits = 32;

const std::vector<std::string> kRunEvents{"run.completed", "run.failed", "run.cancelled",
                                          "question.asked"};

// Of an event's fields, what says nothing of what was said or done.
constexpr std::array<std::string_view, 22> kBare{
    "seq",      "run",     "kind",    "at",     "call_id", "parent_call", "attempt", "reason",
    "agent",    "session", "tool",    "target", "outcome", "finish",      "usage",   "cost",
    "question", "purpose", "choices", "child",  "from",    "from_seq"};

bool any_matches(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, text); });
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> out;
  for (const Json& each : list) {
    if (each.is_string()) out.push_back(each.get<std::string>());
  }
  return out;
}

Json bare(const Json& event) {
  Json out = Json::object();
  for (const auto& [key, value] : event.items()) {
    if (std::find(kBare.begin(), kBare.end(), key) != kBare.end()) out[key] = value;
  }
  return out;
}

OutboxRow row_of(const std::string& name, const std::string& url, const Event& event,
                 const WebhookRun& run, bool contents) {
  OutboxRow row;
  row.destination = name;
  const std::string place = url.empty() ? name : name + "|" + url;
  row.lane = place + "|" + (run.session.empty() ? "run|" + run.run_id : "session|" + run.session);
  row.dedupe = place + "|" + run.run_id + "|" + std::to_string(event.seq);
  const std::string hash = to_hex(sha256(row.dedupe));
  std::string payload = to_text(webhook_payload(event, run, contents));
  if (payload.size() > kPayloadMax) payload = to_text(webhook_payload(event, run, false));
  row.body = Json{{"type", spec_of(event.kind).name},
                  {"id", "msg_" + hash.substr(0, kIdDigits)},
                  {"payload", std::move(payload)}};
  if (!url.empty()) row.body["url"] = url;
  return row;
}

Error wrong(const std::string& field, const std::string& why) {
  return Error{Errc::invalid, "'webhook." + field + "' " + why};
}

// The section that signs for runs of the tenant: the one that is named, else the first.
Result<std::string> signer_of(const std::map<std::string, WebhookConfig>& webhooks,
                              const std::string& tenant, const std::string& asked) {
  for (const auto& [name, config] : webhooks) {
    if (!config.for_runs || config.tenant != tenant) continue;
    if (asked.empty() || asked == name) return name;
  }
  if (!asked.empty()) return wrong("secret_name", "names no secret for webhooks of runs");
  return Error{Errc::unsupported,
               "nothing signs webhooks of runs here: the operator names a secret in "
               "[webhooks.NAME] with for_runs = true"};
}

}  // namespace

WebhookRun webhook_run(const RunState& state) {
  WebhookRun run;
  run.run_id = state.run_id;
  run.tenant = state.tenant;
  run.agent = state.agent;
  run.session = state.session;
  run.webhook = state.webhook;
  return run;
}

Json webhook_payload(const Event& event, const WebhookRun& run, bool contents) {
  Json data = to_json(event);
  if (!contents) data = bare(data);
  data["agent"] = run.agent;
  data["tenant"] = run.tenant;
  if (!run.session.empty()) data["session"] = run.session;
  return Json{{"type", spec_of(event.kind).name},
              {"timestamp", to_iso8601(event.at)},
              {"data", std::move(data)}};
}

std::vector<OutboxRow> webhook_rows(const std::map<std::string, WebhookConfig>& webhooks,
                                    const Event& event, const WebhookRun& run) {
  std::vector<OutboxRow> rows;
  const std::string_view kind = spec_of(event.kind).name;
  for (const auto& [name, config] : webhooks) {
    const bool wanted = !config.for_runs && config.tenant == run.tenant &&
                        any_matches(config.events, kind) &&
                        (config.agents.empty() || any_matches(config.agents, run.agent));
    if (wanted) rows.push_back(row_of(name, {}, event, run, config.contents));
  }
  if (!run.webhook.is_object()) return rows;
  const auto signer = webhooks.find(string_at(run.webhook, "secret_name"));
  const bool signs =
      signer != webhooks.end() && signer->second.for_runs && signer->second.tenant == run.tenant;
  if (signs && any_matches(texts_of(member_at(run.webhook, "events")), kind)) {
    rows.push_back(
        row_of(signer->first, string_at(run.webhook, "url"), event, run, signer->second.contents));
  }
  return rows;
}

Result<void> check_event_globs(const std::vector<std::string>& globs) {
  std::vector<std::string> kinds;
  for (const EventSpec& spec : event_table()) kinds.emplace_back(spec.name);
  for (const std::string& glob : globs) {
    const bool known = std::any_of(kinds.begin(), kinds.end(),
                                   [&](const std::string& kind) { return glob_match(glob, kind); });
    if (known) continue;
    return Error{Errc::invalid, "no event is called '" + shorten(printable(glob), 60) + "'" +
                                    did_you_mean(glob, kinds)};
  }
  return {};
}

Result<void> check_webhook_url(const std::string& url, bool allow_private) {
  if (url.size() > kUrlMax) return Error{Errc::invalid, "a URL is at most 2000 bytes long"};
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return parsed.error();
  if (parsed->tls || allow_private) return {};
  return Error{Errc::invalid,
               "a webhook goes over https: http is for [webhooks.NAME] with allow_private = true"};
}

Result<Json> check_run_webhook(const std::map<std::string, WebhookConfig>& webhooks,
                               const std::string& tenant, const Json& webhook) {
  if (!webhook.is_object()) {
    return Error{Errc::invalid, "'webhook' is to be {\"url\": \"https://…\", \"events\"?: […]}"};
  }
  const std::vector<std::string> known{"url", "secret_name", "events"};
  for (const auto& [key, value] : webhook.items()) {
    const bool right = key == "events" ? value.is_array() : value.is_string();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return wrong(key, "is not known" + did_you_mean(key, known));
    }
    if (!right) return wrong(key, key == "events" ? "is to be a list" : "is to be text");
  }
  const Result<std::string> signer = signer_of(webhooks, tenant, string_at(webhook, "secret_name"));
  if (!signer) return signer.error();
  const std::string url = string_at(webhook, "url");
  if (url.empty()) return wrong("url", "is missing");
  const Result<void> good = check_webhook_url(url, webhooks.at(*signer).allow_private);
  if (!good) return wrong("url", ": " + good.error().detail);
  std::vector<std::string> events = texts_of(member_at(webhook, "events"));
  if (events.size() != member_at(webhook, "events").size() || events.size() > kGlobsMax) {
    return wrong("events", "is to be a list of at most 50 texts");
  }
  if (events.empty()) events = kRunEvents;
  if (const Result<void> named = check_event_globs(events); !named) {
    return wrong("events", ": " + named.error().detail);
  }
  return Json{{"url", url}, {"secret_name", *signer}, {"events", events}};
}

}  // namespace yoke
