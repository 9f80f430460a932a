#include "hosts/hook/openai/input_items.h"

#include <algorithm>
#include <charconv>

#include "hosts/hook/openai/call_ids.h"
#include "hosts/hook/openai/conversations.h"
#include "hosts/hook/openai/opening.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"

namespace yoke::openai {
namespace {

constexpr std::size_t kLimitMost = 100;

const char* role_name(Role role) {
  if (role == Role::assistant) return "assistant";
  return role == Role::system ? "system" : "user";
}

// The parts of messages, one after the other, as items.
class Listing {
 public:
  Listing(const std::string& owner, const std::vector<std::string>& ids, const ToolForms& forms)
      : owner_(owner), ids_(ids), forms_(forms) {}

  void add(const Message& message) {
    for (const Part& part : message.parts) {
      if (const auto* call = std::get_if<ToolCallPart>(&part)) {
        add_call(*call);
      } else if (const auto* result = std::get_if<ToolResultPart>(&part)) {
        add_result(*result);
      } else if (const auto* thought = std::get_if<ReasoningPart>(&part)) {
        add_thought(*thought);
      } else {
        add_content(message.role, part);
      }
    }
    open_ = false;
  }
  Json take() { return std::move(items_); }

 private:
  Json& begin(const char* kind, const char* type) {
    open_ = false;
    const std::string id = item_id(std::string(kind) + "_in", owner_, items_.size());
    items_.push_back({{"type", type}, {"id", id}});
    return items_.back();
  }

  std::string next_id(const std::string& known) {
    const std::size_t place = calls_++;
    return place < ids_.size() ? ids_[place] : known;
  }

  void add_call(const ToolCallPart& call) {
    Json& item = begin("fc", "function_call");
    item.update(call_item(forms_, call.name, arguments_text(call)));
    item["call_id"] = next_id(call.id);
    item["status"] = "completed";
  }

  void add_result(const ToolResultPart& result) {
    const auto form = forms_.find(result.name);
    const bool custom = form != forms_.end() && form->second.custom;
    Json& item = begin("fco", custom ? "custom_tool_call_output" : "function_call_output");
    item["call_id"] = next_id(result.id);
    item["output"] = result.content;
    item["status"] = "completed";
  }

  void add_thought(const ReasoningPart& thought) {
    if (thought.text.empty()) return;
    Json& item = begin("rs", "reasoning");
    item["summary"] = {{{"type", "summary_text"}, {"text", thought.text}}};
  }

  void add_content(Role role, const Part& part) {
    Json content;
    if (const auto* text = std::get_if<TextPart>(&part)) {
      content = {{"type", role == Role::assistant ? "output_text" : "input_text"},
                 {"text", text->text}};
      if (role == Role::assistant) content["annotations"] = Json::array();
    } else if (const auto* image = std::get_if<ImagePart>(&part)) {
      content = {{"type", "input_image"}, {"image_url", image->url}, {"detail", "auto"}};
    } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
      content = {{"type", "refusal"}, {"refusal", refusal->text}};
    } else {
      return;
    }
    if (!open_) {
      Json& item = begin("msg", "message");
      item["role"] = role_name(role);
      item["status"] = "completed";
      item["content"] = Json::array();
      open_ = true;
    }
    items_.back()["content"].push_back(std::move(content));
  }

  const std::string& owner_;
  const std::vector<std::string>& ids_;
  const ToolForms& forms_;
  Json items_ = Json::array();
  std::size_t calls_ = 0;
  bool open_ = false;  // the last item is a message of which more may come
};

Checked<ItemPage> read_page(const HookCall& call) {
  ItemPage page;
  const std::string order = call.asked("order").value_or("desc");
  page.newest_first = order == "desc";
  if (!page.newest_first && order != "asc") {
    return bad_param("order",
                     "'order' is asc or desc, not '" + shorten(printable(order), 40) + "'");
  }
  page.after = call.asked("after").value_or("");
  const std::string limit = call.asked("limit").value_or("20");
  const char* end = limit.data() + limit.size();
  const auto [stop, error] = std::from_chars(limit.data(), end, page.limit);
  if (error != std::errc() || stop != end || page.limit < 1 || page.limit > kLimitMost) {
    return bad_param("limit", "'limit' is a whole number from 1 to 100, not '" +
                                  shorten(printable(limit), 40) + "'");
  }
  return page;
}

std::vector<std::string> noted_ids(const RunState& state) {
  std::vector<std::string> ids;
  for (const Json& id : member_at(state.note, kCallIdsNote)) {
    ids.push_back(id.is_string() ? id.get<std::string>() : std::string());
  }
  return ids;
}

// The messages of a conversation, as far as they are kept.
awaitable<std::vector<Message>> messages_in(HookServices services, Principal who,
                                            Conversation one) {
  std::vector<Message> said;
  if (one.last_run.empty()) co_return said;
  Store& store = services.app.store();
  auto looking = newest_response(store, one.last_run);
  std::string newest = co_await std::move(looking);
  auto finding = find_response(store, std::move(who), std::move(newest));
  Checked<KeptResponse> kept = co_await std::move(finding);
  if (!kept) co_return said;  // erased
  if (kept->head.of_agent) {
    auto reading = session_before(store, one.last_run, kept->state.seq);
    Result<std::vector<Message>> messages = co_await std::move(reading);
    if (messages) said = std::move(*messages);
    co_return said;
  }
  auto asking = asked_of(services, *kept);
  Checked<std::vector<Message>> messages = co_await std::move(asking);
  if (messages) said = std::move(*messages);
  const std::optional<TalkReply> reply = reply_of(*kept);
  if (reply) said.push_back(reply->message);
  co_return said;
}

}  // namespace

Json items_of(const std::vector<Message>& messages, const std::string& owner,
              const std::vector<std::string>& ids, const ToolForms& forms) {
  Listing listing(owner, ids, forms);
  for (const Message& message : messages) listing.add(message);
  return listing.take();
}

Checked<Json> page_of(const Json& items, const ItemPage& page) {
  std::vector<const Json*> all;
  for (const Json& item : items) all.push_back(&item);
  if (page.newest_first) std::reverse(all.begin(), all.end());
  auto from = all.begin();
  if (!page.after.empty()) {
    const auto is_last = [&page](const Json* item) { return string_at(*item, "id") == page.after; };
    from = std::find_if(all.begin(), all.end(), is_last);
    if (from == all.end()) {
      return bad_param("after", "'after' is the id of an item of this list, not '" +
                                    shorten(printable(page.after), 80) + "'");
    }
    ++from;
  }
  const auto left = static_cast<std::size_t>(all.end() - from);
  const auto to = from + static_cast<std::ptrdiff_t>(std::min(left, page.limit));
  Json data = Json::array();
  for (auto item = from; item != to; ++item) data.push_back(**item);
  Json out{{"object", "list"}, {"first_id", nullptr}, {"last_id", nullptr}};
  if (!data.empty()) {
    out["first_id"] = data.front()["id"];
    out["last_id"] = data.back()["id"];
  }
  out["data"] = std::move(data);
  out["has_more"] = to != all.end();
  return out;
}

// `include` has no effect: what it could ask for (addresses of images, results of searches,
// probabilities) is there anyway, or is not to be had.
awaitable<HttpReply> list_input_items(HookServices services, HookCall call) {
  const Checked<ItemPage> page = read_page(call);
  if (!page) co_return refuse(ErrorShape::openai, page.error());
  auto finding = find_response(services.app.store(), call.who, call.args.at(0));
  const Checked<KeptResponse> kept = co_await std::move(finding);
  if (!kept) co_return refuse(ErrorShape::openai, kept.error());
  auto asking = asked_of(services, *kept);
  const Checked<std::vector<Message>> asked = co_await std::move(asking);
  if (!asked) co_return refuse(ErrorShape::openai, asked.error());
  const ToolForms forms = tool_forms(member_at(kept->head.echo, "tools"));
  const Json items = items_of(*asked, kept->head.id, noted_ids(kept->state), forms);
  const Checked<Json> list = page_of(items, *page);
  if (!list) co_return refuse(ErrorShape::openai, list.error());
  co_return json_reply(200, *list);
}

// What an agent's session or a model's newest response says; under an id of its own.
awaitable<HttpReply> list_conversation_items(HookServices services, HookCall call) {
  const Checked<ItemPage> page = read_page(call);
  if (!page) co_return refuse(ErrorShape::openai, page.error());
  Store& store = services.app.store();
  auto finding = find_conversation(store, call.who, call.args.at(0));
  const Checked<Conversation> found = co_await std::move(finding);
  if (!found) co_return refuse(ErrorShape::openai, found.error());
  auto saying = messages_in(services, call.who, *found);
  const std::vector<Message> messages = co_await std::move(saying);
  const Checked<Json> list = page_of(items_of(messages, found->id, {}), *page);
  if (!list) co_return refuse(ErrorShape::openai, list.error());
  co_return json_reply(200, *list);
}

}  // namespace yoke::openai
