#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/routes/settings.h"
#include "runtime/ports/model.h"

namespace yoke {

// Where the reply to this request is kept; `targets` are those that may answer it, `setup` is how
// they are set up.
ReplyCache::Place cache_place(const ModelRequest& request, std::string_view route,
                              const std::vector<std::string>& targets, std::string_view setup);

// Whether replies to the request are kept at all: not where variety is asked for.
bool may_cache(const ModelRequest& request, const ReplyCacheSettings& settings);
// Whether this reply is worth giving again: whole, of the shape that was asked for, no refusal.
bool may_cache(const ModelReply& reply);

std::string cached_text(const ModelReply& reply);
// As it is given again: it costs nothing and says that it was kept. None: the text is no reply.
std::optional<ModelReply> cached_reply(const std::string& text);

// Gives the whole message to the sink, which may be empty.
void show(const Message& message, const DeltaSink& sink);

}  // namespace yoke
