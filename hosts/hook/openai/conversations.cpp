#include "hosts/hook/openai/conversations.h"

#include "hosts/app/app.h"
#include "hosts/hook/visible.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

constexpr std::string_view kPrefix = "conv_";
constexpr std::int64_t kConversationMicrosPerSecond = 1'000'000;

std::string space_of(const std::string& tenant) { return "yoke:conversations/" + tenant; }

Refusal no_such_conversation(const std::string& id) {
  return {404, "not found", "there is no conversation '" + shorten(printable(id), 80) + "'",
          "conversation_not_found", "conversation"};
}

Json shown(const Conversation& conversation) {
  return {{"id", conversation.id},
          {"object", "conversation"},
          {"created_at", conversation.created_s},
          {"metadata", conversation.metadata}};
}

// Agents keep what was said in a session of the conversation's name, models in their own runs.
awaitable<bool> may_see_all(Store& store, Principal who, Conversation conversation) {
  if (!is_bound(who)) co_return true;
  auto session = may_see_session(store, who, conversation.id);
  const bool of_session = co_await std::move(session);
  if (!of_session || conversation.last_run.empty()) co_return of_session;
  auto finding = store.get(conversation.last_run);
  const Result<RunRow> last = co_await std::move(finding);
  co_return !last || may_see(who, owner_of(*last));
}

HttpReply conversation_refused(const Refusal& refusal) {
  return refuse(ErrorShape::openai, refusal);
}

}  // namespace

awaitable<Checked<Conversation>> find_conversation(Store& store, Principal who, std::string id) {
  const bool fits = id.starts_with(kPrefix) && is_ulid(std::string_view(id).substr(5));
  if (!fits) co_return no_such_conversation(id);
  auto reading = store.kv_get(space_of(who.tenant), id);
  const Result<Json> value = co_await std::move(reading);
  if (!value) co_return no_such_conversation(id);
  Conversation conversation;
  conversation.id = id;
  conversation.created_s = integer_at(*value, "created_at");
  conversation.metadata = member_at(*value, "metadata");
  conversation.last_run = string_at(*value, "last_run");
  auto looking = may_see_all(store, std::move(who), conversation);
  const bool visible = co_await std::move(looking);
  if (!visible) co_return no_such_conversation(id);
  co_return std::move(conversation);
}

ConversationLine::Place ConversationLine::take(const std::string& tenant, const std::string& id) {
  std::erase_if(taken_, [](const auto& each) { return each.second.expired(); });
  const std::string key = tenant + "/" + id;
  if (taken_.contains(key)) return nullptr;
  auto place = std::make_shared<const std::string>(key);
  taken_[key] = place;
  return place;
}

Refusal busy_conversation(const std::string& why) {
  return {409, "conflict", "the conversation is busy with " + why, "conversation_busy",
          "conversation"};
}

awaitable<void> keep_conversation(Store& store, std::string tenant, Conversation conversation) {
  Json value{{"created_at", conversation.created_s},
             {"metadata", conversation.metadata},
             {"last_run", conversation.last_run}};
  auto writing = store.kv_set(space_of(tenant), conversation.id, std::move(value));
  const Result<void> kept = co_await std::move(writing);
  if (!kept) throw Fault("the conversation cannot be kept: " + kept.error().message());
}

awaitable<HttpReply> create_conversation(HookServices services, HookCall call) {
  Json empty = Json::object();
  Result<Json> body = call.request.body.empty() ? Result<Json>(empty) : json_body(call.request);
  if (!body) co_return conversation_refused(body_refusal(body.error()));
  Fields fields(*body);
  Conversation conversation;
  const Json& metadata = fields.object("metadata");
  if (metadata.is_object()) conversation.metadata = metadata;
  fields.only("items", Json::array(), "say them as the input of its first response");
  fields.refuse_rest();
  if (!fields.ok()) co_return conversation_refused(*fields.problem());
  SystemRandom random;
  conversation.id = std::string(kPrefix) + make_ulid(services.wall.now(), random);
  conversation.created_s = services.wall.now() / kConversationMicrosPerSecond;
  auto keeping = keep_conversation(services.app.store(), call.who.tenant, conversation);
  co_await std::move(keeping);
  co_return json_reply(200, shown(conversation));
}

awaitable<HttpReply> show_conversation(HookServices services, HookCall call) {
  auto finding = find_conversation(services.app.store(), call.who, call.args.at(0));
  const Checked<Conversation> found = co_await std::move(finding);
  if (!found) co_return conversation_refused(found.error());
  co_return json_reply(200, shown(*found));
}

awaitable<HttpReply> change_conversation(HookServices services, ConversationLineRef line,
                                         HookCall call) {
  const Result<Json> body = json_body(call.request);
  if (!body) co_return conversation_refused(body_refusal(body.error()));
  Fields fields(*body);
  const Json& metadata = fields.object("metadata");
  fields.refuse_rest();
  if (!fields.ok()) co_return conversation_refused(*fields.problem());
  const ConversationLine::Place place = line->take(call.who.tenant, call.args.at(0));
  if (!place) co_return conversation_refused(busy_conversation("a request that has just come"));
  auto finding = find_conversation(services.app.store(), call.who, call.args.at(0));
  Checked<Conversation> found = co_await std::move(finding);
  if (!found) co_return conversation_refused(found.error());
  found->metadata = metadata.is_object() ? metadata : Json::object();
  auto keeping = keep_conversation(services.app.store(), call.who.tenant, *found);
  co_await std::move(keeping);
  co_return json_reply(200, shown(*found));
}

awaitable<HttpReply> delete_conversation(HookServices services, HookCall call) {
  auto finding = find_conversation(services.app.store(), call.who, call.args.at(0));
  const Checked<Conversation> found = co_await std::move(finding);
  if (!found) co_return conversation_refused(found.error());
  auto removing = services.app.store().kv_remove(space_of(call.who.tenant), found->id);
  const Result<void> removed = co_await std::move(removing);
  if (!removed) throw Fault("the conversation cannot be removed: " + removed.error().message());
  co_return json_reply(
      200, Json{{"id", found->id}, {"object", "conversation.deleted"}, {"deleted", true}});
}

}  // namespace yoke::openai
