#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/openai/kept.h"
#include "hosts/hook/services.h"

namespace yoke::openai {

// What a response was asked, as items of `owner` (its id, or a conversation's): the whole of what
// was said before it, too. `ids`: those that the client knows the calls and their results by, in
// order; fewer than there are: as the rest is. What system and developer said first is one message.
// Pure.
Json items_of(const std::vector<Message>& messages, const std::string& owner,
              const std::vector<std::string>& ids, const ToolForms& forms = {});

// What part of a list is wanted.
struct ItemPage {
  bool newest_first = true;
  std::string after = {};  // the id of the last item that the client has; empty: from the beginning
  std::size_t limit = 20;
};
// Errors: `after` is none of them. Pure.
Checked<Json> page_of(const Json& items, const ItemPage& page);

awaitable<HttpReply> list_input_items(HookServices services, HookCall call);
// All that was said in a conversation.
awaitable<HttpReply> list_conversation_items(HookServices services, HookCall call);

}  // namespace yoke::openai
