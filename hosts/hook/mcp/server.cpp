#include "hosts/hook/mcp/server.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "hosts/hook/mcp/content.h"
#include "hosts/hook/mcp/prompts.h"
#include "hosts/hook/mcp/resources.h"
#include "hosts/hook/mcp/run_call.h"
#include "hosts/hook/mcp/task_view.h"
#include "runtime/base/base64.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "tools/mcp/wire/header_value.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp_hook {
namespace {

constexpr std::size_t kPageMax = 200;
constexpr std::size_t kSuggestedMax = 100;
constexpr std::int64_t kListsHoldMs = 5'000;
constexpr const char* kSpace = "yoke:mcp";  // of the store; no tool can have it
constexpr const char* kStateKey = "state";
constexpr std::size_t kKeyBytes = 32;
constexpr std::chrono::seconds kLookEvery{1};
constexpr std::size_t kTasksWatchedMax = 100;  // of one subscription
constexpr std::string_view kTasksNotice = "notifications/tasks";

bool has(const Request& request, Scope scope) { return request.client.who.scopes.has(scope); }

mcp::RpcError out_of_scope(const Request& request, Scope scope) {
  return mcp::RpcError{mcp::code::kInvalidRequest, request.client.who.name +
                                                       " may not do this: it takes the scope '" +
                                                       std::string(name_of(scope)) + "'"};
}

Json with_hints(Json result) {
  result["ttlMs"] = kListsHoldMs;
  result["cacheScope"] = "private";
  return result;
}

std::string random_bytes() {
  SystemRandom random;
  std::string bytes;
  while (bytes.size() < kKeyBytes) {
    const std::uint64_t bits = random.next();
    for (int byte = 0; byte < 8; ++byte) bytes += static_cast<char>((bits >> (8 * byte)) & 0xff);
  }
  return bytes;
}

Json completion_of(std::vector<std::string> values, std::string_view typed) {
  std::erase_if(values, [&](const std::string& value) { return !value.starts_with(typed); });
  const std::size_t total = values.size();
  if (total > kSuggestedMax) values.resize(kSuggestedMax);
  return Json{
      {"completion", {{"values", values}, {"total", total}, {"hasMore", total > kSuggestedMax}}}};
}

Interests interests_of(const Json& wanted) {
  Interests interests;
  interests.tools = bool_at(wanted, "toolsListChanged");
  interests.prompts = bool_at(wanted, "promptsListChanged");
  interests.resources = bool_at(wanted, "resourcesListChanged");
  for (const Json& uri : member_at(wanted, "resourceSubscriptions")) {
    if (uri.is_string()) interests.uris.insert(uri.get<std::string>());
  }
  return interests;
}

// What of it is done here.
Json acknowledged(const Interests& interests) {
  Json done = Json::object();
  if (interests.tools) done["toolsListChanged"] = true;
  if (interests.prompts) done["promptsListChanged"] = true;
  if (interests.resources) done["resourcesListChanged"] = true;
  if (!interests.uris.empty()) done["resourceSubscriptions"] = interests.uris;
  if (!interests.tasks.empty()) done["taskIds"] = interests.tasks;
  return done;
}

}  // namespace

Answer page_of(const std::string& name, Json items, const Request& request) {
  std::size_t begin = 0;
  const std::string cursor = string_at(request.params, "cursor");
  if (!cursor.empty()) {
    const auto at = std::find_if(items.begin(), items.end(), [&](const Json& item) {
      return string_at(item, "name") == cursor;
    });
    if (at == items.end()) return wrong_params("'cursor' is no `nextCursor` of this list");
    begin = static_cast<std::size_t>(at - items.begin()) + 1;
  }
  Json page{{name, Json::array()}};
  for (std::size_t i = begin; i < items.size() && i < begin + kPageMax; ++i) {
    page[name].push_back(std::move(items[i]));
  }
  if (begin + kPageMax < items.size()) {
    page["nextCursor"] = string_at(page[name].back(), "name");
  }
  return with_hints(std::move(page));
}

Server::Server(HookServices services, McpServeConfig config, std::string version)
    : services_(services),
      config_(std::move(config)),
      version_(std::move(version)),
      catalogue_(services, config_),
      logs_(services.app.engine()),
      changes_(services.app.engine(), catalogue_) {}

Json Server::server_info() const {
  return Json{{"name", "yoke"}, {"title", "Yoke"}, {"version", version_}};
}

Json Server::capabilities(mcp::Era era) const {
  Json can{{"tools", {{"listChanged", true}}},
           {"prompts", {{"listChanged", true}}},
           {"resources", {{"listChanged", true}, {"subscribe", true}}},
           {"completions", Json::object()},
           {"logging", Json::object()}};
  if (era == mcp::Era::modern) {
    can["extensions"][std::string(mcp::extension::kTasks)] = Json::object();
  }
  return can;
}

Server::Handler Server::handler_of(const std::string& method, mcp::Era era) {
  static const std::map<std::string, Handler, std::less<>> kBoth = {
      {"tools/list", &Server::list_tools},
      {"tools/call", &Server::call_tool},
      {"prompts/list", &Server::list_prompts},
      {"prompts/get", &Server::get_prompt},
      {"resources/list", &Server::list_resources},
      {"resources/templates/list", &Server::list_templates},
      {"resources/read", &Server::read_resource},
      {"completion/complete", &Server::complete}};
  static const std::map<std::string, Handler, std::less<>> kModern = {
      {"server/discover", &Server::discover},
      {"subscriptions/listen", &Server::listen},
      {"tasks/get", &Server::tasks},
      {"tasks/update", &Server::tasks},
      {"tasks/cancel", &Server::tasks}};
  const auto both = kBoth.find(method);
  if (both != kBoth.end()) return both->second;
  const auto modern = kModern.find(method);
  const bool there = era == mcp::Era::modern && modern != kModern.end();
  return there ? modern->second : nullptr;
}

awaitable<Answer> Server::answer(Request request) {
  const Handler handler = handler_of(request.method, request.client.era);
  if (handler == nullptr) co_return no_such_method(request.method);
  std::exception_ptr failure;
  Answer answer = Json::object();
  try {
    answer = co_await (this->*handler)(request);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && is_cancellation(failure)) std::rethrow_exception(failure);
  if (failure) {
    co_return mcp::RpcError{mcp::code::kInternal, "the request failed here; the log says more"};
  }
  if (auto* result = std::get_if<Json>(&answer)) {
    co_return finished(request, std::move(*result));
  }
  co_return answer;
}

Json Server::finished(const Request& request, Json result) const {
  if (request.client.era == mcp::Era::legacy) {
    result.erase("resultType");
    result.erase("ttlMs");
    result.erase("cacheScope");
    return result;
  }
  if (!result.contains("resultType")) result["resultType"] = mcp::result_type::kComplete;
  result["_meta"][std::string(mcp::meta::kServerInfo)] = server_info();
  return result;
}

awaitable<Answer> Server::discover(const Request&) {
  Json result{{"supportedVersions", Json::array()},
              {"capabilities", capabilities(mcp::Era::modern)}};
  for (const mcp::Era era : {mcp::Era::modern, mcp::Era::legacy}) {
    for (const std::string_view version : mcp::versions(era)) {
      result["supportedVersions"].push_back(version);
    }
  }
  if (!config_.instructions.empty()) result["instructions"] = config_.instructions;
  co_return with_hints(std::move(result));
}

awaitable<Answer> Server::list_tools(const Request& request) {
  Json tools = Json::array();
  for (const Offer& offer : catalogue_.tools(request.client.who)) {
    tools.push_back(listing_of(offer));
  }
  co_return page_of("tools", std::move(tools), request);
}

awaitable<Answer> Server::call_tool(const Request& request) {
  if (!has(request, Scope::run)) co_return out_of_scope(request, Scope::run);
  const std::string name = string_at(request.params, "name");
  const std::optional<Offer> offer = catalogue_.tool(request.client.who, name);
  if (!offer) {
    std::vector<std::string> names;
    for (const Offer& each : catalogue_.tools(request.client.who)) names.push_back(each.name);
    co_return wrong_params("there is no tool '" + shorten(printable(name), 80) + "'" +
                           did_you_mean(name, names));
  }
  Json args = member_at(request.params, "arguments");
  if (args.is_null()) args = Json::object();
  if (!args.is_object()) co_return wrong_params("'arguments' must be an object");
  Terms terms;
  terms.task = offer->task;
  terms.task_after = config_.task_after;
  std::string key = co_await state_key();
  CallParts parts{services_, logs_, std::move(key)};
  co_return co_await answer_by_run(std::move(parts), request, *offer, args, std::move(terms));
}

awaitable<Answer> Server::list_prompts(const Request& request) {
  Json prompts = Json::array();
  const std::vector<Offer> made = catalogue_.prompts(request.client.who);
  for (const Prompt& prompt : prompts_of(services_.app.config(), made, config_.skills)) {
    prompts.push_back(listing_of(prompt));
  }
  co_return page_of("prompts", std::move(prompts), request);
}

awaitable<Answer> Server::get_prompt(const Request& request) {
  const std::string name = string_at(request.params, "name");
  const std::vector<Offer> made = catalogue_.prompts(request.client.who);
  const std::vector<Prompt> prompts = prompts_of(services_.app.config(), made, config_.skills);
  const auto prompt = std::find_if(prompts.begin(), prompts.end(),
                                   [&](const Prompt& each) { return each.name == name; });
  if (prompt == prompts.end()) {
    co_return wrong_params("there is no prompt '" + shorten(printable(name), 80) + "'");
  }
  const Json& given = member_at(request.params, "arguments");
  if (!prompt->offer) {
    const Result<std::string> text = filled(*prompt, given);
    if (!text) co_return wrong_params(text.error().detail);
    co_return prompt_result(*text, *text, prompt->description);
  }
  if (!has(request, Scope::run)) co_return out_of_scope(request, Scope::run);
  Terms terms;
  terms.shape = Terms::Shape::prompt;
  terms.words = prompt->description;
  const Json args = typed_arguments(prompt->offer->input_schema, given);
  std::string key = co_await state_key();
  CallParts parts{services_, logs_, std::move(key)};
  co_return co_await answer_by_run(std::move(parts), request, *prompt->offer, args,
                                   std::move(terms));
}

awaitable<Answer> Server::list_resources(const Request& request) {
  Answer answer = co_await list_resources_of(services_, config_, request);
  if (auto* page = std::get_if<Json>(&answer)) co_return with_hints(std::move(*page));
  co_return answer;
}

awaitable<Answer> Server::list_templates(const Request&) {
  co_return with_hints(Json{{"resourceTemplates", templates_of(config_)}});
}

awaitable<Answer> Server::read_resource(const Request& request) {
  const std::string uri = string_at(request.params, "uri");
  std::optional<Json> plain = co_await read_plain(services_, config_, request.client.who, uri);
  if (plain) co_return with_hints(std::move(*plain));
  const std::optional<ToolResource> found = tool_resource(config_, uri);
  const std::optional<Offer> offer =
      found ? catalogue_.resource_tool(found->resource->tool) : std::nullopt;
  if (!offer) {
    const bool legacy = request.client.era == mcp::Era::legacy;
    mcp::RpcError error = wrong_params("there is no such resource", Json{{"uri", uri}});
    if (legacy) error.code = mcp::code::kLegacyResourceNotFound;
    co_return error;
  }
  if (!has(request, Scope::run)) co_return out_of_scope(request, Scope::run);
  Terms terms;
  terms.shape = Terms::Shape::resource;
  terms.words = uri;
  terms.mime = found->resource->mime;
  const Json args = typed_arguments(offer->input_schema, found->args);
  std::string key = co_await state_key();
  CallParts parts{services_, logs_, std::move(key)};
  Answer answer = co_await answer_by_run(std::move(parts), request, *offer, args, std::move(terms));
  if (auto* result = std::get_if<Json>(&answer)) co_return with_hints(std::move(*result));
  co_return answer;
}

awaitable<Answer> Server::complete(const Request& request) {
  const Json& ref = member_at(request.params, "ref");
  const Json& argument = member_at(request.params, "argument");
  const std::string typed = string_at(argument, "value");
  std::vector<std::string> values;
  if (string_at(ref, "type") == "ref/prompt") {
    const std::vector<Offer> made = catalogue_.prompts(request.client.who);
    for (const Prompt& prompt : prompts_of(services_.app.config(), made, config_.skills)) {
      if (prompt.name != string_at(ref, "name")) continue;
      for (const PromptArgument& each : prompt.arguments) {
        if (each.name == string_at(argument, "name")) values = each.values;
      }
    }
  }
  co_return completion_of(std::move(values), typed);
}

// Answered when the client no longer listens: until then it is told of changes.
awaitable<Answer> Server::listen(const Request& request) {
  const Json& wanted = member_at(request.params, "notifications");
  Interests interests = interests_of(wanted);
  const bool sees = has(request, Scope::read) || has(request, Scope::run);
  for (const Json& each : member_at(wanted, "taskIds")) {
    if (!request.client.speaks_tasks() || !sees || !each.is_string()) continue;
    if (interests.tasks.size() == kTasksWatchedMax) break;
    const std::string id = each.get<std::string>();
    const std::optional<Json> task = co_await task_now(services_, request, id);
    if (task) interests.tasks.insert(id);
  }
  const Json meta{{std::string(mcp::meta::kSubscriptionId), request.id}};
  request.exchange->tell("notifications/subscriptions/acknowledged",
                         Json{{"_meta", meta}, {"notifications", acknowledged(interests)}});
  Exchange* exchange = request.exchange;
  std::set<std::string> moved = interests.tasks;  // what came before the watch is told, too
  Signal news;
  news.notify();
  const Changes::Watch watch(changes_, request.client.who, interests,
                             [exchange, meta, &moved, &news](std::string method, Json params) {
                               if (method == kTasksNotice) {
                                 moved.insert(string_at(params, "taskId"));
                                 return news.notify();
                               }
                               params["_meta"] = meta;
                               exchange->tell(std::move(method), std::move(params));
                             });
  while (!services_.feed.is_closed()) {
    const bool moves = co_await news.wait_until(LoopClock::now() + kLookEvery);
    if (!moves) changes_.look();
    const std::set<std::string> now = std::exchange(moved, {});
    for (const std::string& id : now) {
      const std::optional<Json> task = co_await task_now(services_, request, id);
      if (!task) continue;
      Json params = *task;
      params["_meta"] = meta;
      exchange->tell(std::string(kTasksNotice), std::move(params));
    }
  }
  co_return Json::object();
}

awaitable<Answer> Server::tasks(const Request& request) {
  const bool looks = request.method == "tasks/get";
  const Scope scope = looks ? Scope::read : Scope::run;
  if (!has(request, scope) && !has(request, Scope::run)) co_return out_of_scope(request, scope);
  co_return co_await answer_task(services_, request);
}

std::optional<mcp::RpcError> Server::check_param_headers(const Request& request,
                                                         const HttpHeaders& headers) {
  if (request.method != "tools/call") return std::nullopt;
  const std::optional<Offer> offer =
      catalogue_.tool(request.client.who, string_at(request.params, "name"));
  if (!offer) return std::nullopt;
  const Result<std::vector<mcp::ParamHeader>> wanted = mcp::param_headers(offer->input_schema);
  if (!wanted) return std::nullopt;
  const Json& args = member_at(request.params, "arguments");
  for (const mcp::ParamHeader& header : *wanted) {
    const Json& in_body = mcp::param_in_body(header, args);
    const std::string* sent = headers.find(header.name);
    if (sent == nullptr && in_body.is_null()) continue;
    const std::optional<std::string> decoded =
        sent == nullptr ? std::nullopt : mcp::from_header_value(*sent);
    if (decoded && mcp::same_param_value(*decoded, in_body)) continue;
    return mcp::RpcError{mcp::code::kHeaderMismatch,
                         "the header " + header.name + " does not say what the arguments say"};
  }
  return std::nullopt;
}

// Of this store, made when it is first needed: what clients carry is good for as long as it is.
awaitable<std::string> Server::state_key() {
  if (!state_key_.empty()) co_return state_key_;
  const Result<Json> kept = co_await services_.app.store().kv_get(kSpace, kStateKey);
  if (!state_key_.empty()) co_return state_key_;
  const std::optional<std::string> key = kept ? from_base64(string_at(*kept, "key")) : std::nullopt;
  if (key && key->size() == kKeyBytes) {
    state_key_ = *key;
    co_return state_key_;
  }
  state_key_ = random_bytes();
  const bool is_new = !kept && kept.error().code == Errc::not_found;
  if (!kept && !is_new) co_return state_key_;  // the store does not say: for this process alone
  Json value{{"key", to_base64(state_key_)}};
  co_await services_.app.store().kv_set(kSpace, kStateKey, std::move(value));
  co_return state_key_;
}

}  // namespace yoke::mcp_hook
