#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/openai/fields.h"
#include "hosts/hook/services.h"

namespace yoke::openai {

// What is kept of a conversation: where it stands. What was said is in its runs.
struct Conversation {
  std::string id;
  std::int64_t created_s = 0;
  Json metadata = Json::object();
  std::string last_run;  // the newest response in it; empty: none yet
};
// 404 in the same words for one that never was and one in which something was said that is not
// visible to them.
awaitable<Checked<Conversation>> find_conversation(Store& store, Principal who, std::string id);
// Who is about to add to a conversation, from reading where it stands until it stands further: the
// others are refused (409) meanwhile. One for all requests of a host.
class ConversationLine {
 public:
  // Released when it is gone.
  using Place = std::shared_ptr<const std::string>;
  // Null: another has it.
  Place take(const std::string& tenant, const std::string& id);

 private:
  std::map<std::string, std::weak_ptr<const std::string>, std::less<>> taken_;
};
using ConversationLineRef = std::shared_ptr<ConversationLine>;
Refusal busy_conversation(const std::string& why);
awaitable<void> keep_conversation(Store& store, std::string tenant, Conversation conversation);

awaitable<HttpReply> create_conversation(HookServices services, HookCall call);
awaitable<HttpReply> show_conversation(HookServices services, HookCall call);
// Its metadata.
awaitable<HttpReply> change_conversation(HookServices services, ConversationLineRef line,
                                         HookCall call);
awaitable<HttpReply> delete_conversation(HookServices services, HookCall call);

}  // namespace yoke::openai
