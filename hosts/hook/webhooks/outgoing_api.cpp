#include <charconv>

#include "hosts/hook/api/operation.h"
#include "hosts/hook/visible.h"
#include "hosts/hook/webhooks/outgoing.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr int kPageMost = 200;
constexpr int kPage = 50;
constexpr const char* kGroup = "webhooks";

HttpReply refused(const Error& error) { return problem(refusal_of(error)); }

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || value < 1) return std::nullopt;
  return value;
}

Json shown(const OutboxRow& row) {
  Json out{{"id", row.id},
           {"webhook", row.destination},
           {"run", row.run_id},
           {"seq", row.seq},
           {"type", string_at(row.body, "type")},
           {"message", string_at(row.body, "id")},
           {"state", name_of(row.state)},
           {"tries", row.tries},
           {"at", to_iso8601(row.at)}};
  if (row.body.contains("url")) out["url"] = row.body["url"];
  if (!row.last_error.empty()) out["last_error"] = row.last_error;
  if (row.state == OutboxState::unsent) out["next_at"] = to_iso8601(row.next_at);
  if (row.settled_at != 0) out["settled_at"] = to_iso8601(row.settled_at);
  return out;
}

// The request's id may be anything; a message's id may not.
std::string test_id(const std::string& request, const std::string& at) {
  return "test_" + to_hex(sha256(request + at)).substr(0, 32);
}

Result<OutboxFilter> filter_of(const HookCall& call) {
  OutboxFilter filter;
  filter.tenant = call.who.tenant;
  filter.limit = kPage;
  for (const auto& [name, value] : call.query) {
    const std::optional<std::int64_t> count = number(value);
    if (name == "run") {
      filter.run_id = value;
    } else if (name == "webhook") {
      filter.destination = value;
    } else if (name == "before" && count) {
      filter.before = *count;
    } else if (name == "limit" && count && *count <= kPageMost) {
      filter.limit = static_cast<int>(*count);
    } else if (name == "state" && value == "unsent") {
      filter.state = OutboxState::unsent;
    } else if (name == "state" && value == "sent") {
      filter.state = OutboxState::sent;
    } else if (name == "state" && value == "given_up") {
      filter.state = OutboxState::given_up;
    } else {
      return Error{Errc::invalid,
                   "'" + printable(name) + "=" + shorten(printable(value), 40) +
                       "' is not understood: there are run, webhook, before, limit (1 to 200) and "
                       "state (unsent, sent, given_up)"};
    }
  }
  return filter;
}

// The endpoints' common ground.
//
// Ownership: borrows; shared by the endpoints' functions.
struct OutgoingApi {
  HookServices services;
  WebhookSender& sender;

  awaitable<HttpReply> sections(HookCall call) const {
    Json all = Json::array();
    for (const auto& [name, to] : sender.destinations()) {
      if (to.tenant != call.who.tenant) continue;
      Json one{{"name", name}, {"events", to.events}, {"for_runs", to.url.empty()}};
      if (!to.url.empty()) one["url"] = to.url;
      all.push_back(std::move(one));
    }
    co_return json_reply(200, Json{{"webhooks", all}});
  }

  awaitable<HttpReply> deliveries(HookCall call) const {
    Result<OutboxFilter> filter = filter_of(call);
    if (!filter) co_return refused(filter.error());
    const int limit = filter->limit;
    auto listing = services.app.store().list_outbox(std::move(*filter));
    const std::vector<OutboxRow> rows = co_await std::move(listing);
    Json all = Json::array();
    for (const OutboxRow& row : rows) {
      const bool visible = co_await may_see_run(services.app.store(), call.who, row.run_id);
      if (visible) all.push_back(shown(row));
    }
    Json body{{"deliveries", all}};
    if (static_cast<int>(rows.size()) == limit) body["before"] = rows.back().id;
    co_return json_reply(200, body);
  }

  awaitable<HttpReply> redeliver(HookCall call) const {
    const std::optional<std::int64_t> id = number(call.args.at(0));
    OutboxFilter filter;
    filter.tenant = call.who.tenant;
    filter.before = id.value_or(0) + 1;
    filter.limit = 1;
    auto listing = services.app.store().list_outbox(std::move(filter));
    const std::vector<OutboxRow> rows = co_await std::move(listing);
    const Error none{Errc::not_found, "there is no such delivery"};
    if (!id || rows.empty() || rows.front().id != *id) co_return refused(none);
    const OutboxRow& row = rows.front();
    const bool visible = co_await may_see_run(services.app.store(), call.who, row.run_id);
    if (!visible) co_return refused(none);
    if (!row.body.is_object()) {
      co_return refused(Error{Errc::conflict, "what was in this delivery was erased"});
    }
    auto sending = sender.send_now(row.destination, string_at(row.body, "url"),
                                   string_at(row.body, "id"), string_at(row.body, "payload"));
    const Result<WebhookSender::Sent> sent = co_await std::move(sending);
    co_return sent_reply(sent);
  }

  awaitable<HttpReply> test(HookCall call) const {
    const std::string name = call.args.at(0);
    const auto to = sender.destinations().find(name);
    if (to == sender.destinations().end() || to->second.tenant != call.who.tenant) {
      co_return refused(Error{Errc::not_found, "there is no webhook '" + name + "'"});
    }
    const std::string at = to_iso8601(services.wall.now());
    const Json data{{"webhook", name}, {"by", call.who.name}};
    const Json payload{{"type", "webhook.test"}, {"timestamp", at}, {"data", data}};
    auto sending = sender.send_now(name, std::string(), test_id(call.id, at), to_text(payload));
    const Result<WebhookSender::Sent> sent = co_await std::move(sending);
    co_return sent_reply(sent);
  }

  static HttpReply sent_reply(const Result<WebhookSender::Sent>& sent) {
    if (!sent) return refused(sent.error());
    Json body{{"sent", sent->ok}};
    if (!sent->ok) body["error"] = sent->why;
    return json_reply(200, body);
  }
};

Operation deliveries_operation() {
  const Json text{{"type", "string"}};
  Operation operation("listDeliveries", kGroup,
                      "What was told, and what is still to be, newest first");
  operation.query("run", text, "Those of this run.")
      .query("webhook", text, "Those to this one.")
      .query("state", text, "unsent, sent or given_up.")
      .query("before", text, "Those before this id: `before` of the page before.")
      .query("limit", text, "How many on a page, 1 to 200.")
      .answers(200, "DeliveryPage", "A page of them.")
      .fails({422});
  return operation;
}

}  // namespace

void add_outgoing_webhooks(Endpoints& endpoints, HookServices services,
                           OutgoingWebhooks& outgoing) {
  // Shared with the endpoints' functions.
  auto api = std::make_shared<const OutgoingApi>(OutgoingApi{services, outgoing.sender()});
  using Answer = std::function<awaitable<HttpReply>(HookCall)>;
  const auto add = [&](const char* method, const char* path, Scope scope,
                       const Operation& operation, Answer answer) {
    Endpoint endpoint;
    endpoint.method = method;
    endpoint.path = path;
    endpoint.scope = scope;
    endpoint.doc = operation.json();
    endpoint.answer = std::move(answer);
    endpoints.push_back(std::move(endpoint));
  };
  Operation list("listWebhooks", kGroup, "Where the tenant's events are told");
  list.answers(200, "WebhookList", "All of them.");
  add("GET", "/v1/webhooks", Scope::read, list,
      [api](HookCall call) { return api->sections(std::move(call)); });
  add("GET", "/v1/webhooks/deliveries", Scope::read, deliveries_operation(),
      [api](HookCall call) { return api->deliveries(std::move(call)); });
  Operation again("redeliver", kGroup, "Sends a delivery once more, now");
  again.path("id", "The delivery's id.").answers(200, "DeliverySent", "What came of it.");
  again.fails({404, 409, 422});
  add("POST", "/v1/webhooks/deliveries/{id}/redeliver", Scope::manage, again,
      [api](HookCall call) { return api->redeliver(std::move(call)); });
  Operation test("testWebhook", kGroup, "Sends an event webhook.test, now");
  test.path("name", "The webhook's name.").answers(200, "DeliverySent", "What came of it.");
  test.fails({404, 422});
  add("POST", "/v1/webhooks/{name}/test", Scope::manage, test,
      [api](HookCall call) { return api->test(std::move(call)); });
}

}  // namespace yoke
