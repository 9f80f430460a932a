#pragma once

#include "hosts/hook/endpoint.h"
#include "hosts/hook/openai/fields.h"
#include "hosts/hook/services.h"
#include "runtime/ports/embedder.h"

namespace yoke::openai {

struct EmbedAsk {
  std::string model;  // as the client names it
  EmbedRequest request;
  bool base64 = false;
};
// The body of POST /v1/embeddings.
Checked<EmbedAsk> read_embed(const Json& body);
Json embeddings_json(const EmbedAsk& ask, const EmbedReply& reply);

// POST /v1/embeddings, on the books as all else.
awaitable<HttpReply> answer_embed(HookServices services, HookCall call);

}  // namespace yoke::openai
