#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/model.h"

namespace yoke {

// Texts to be made into vectors. `target` is a route name or "backend/model".
struct EmbedRequest {
  enum class Purpose : std::uint8_t { document, query };  // some models tell them apart

  std::string target;
  std::vector<std::string> texts;
  Purpose purpose = Purpose::document;
  std::optional<int> dimensions = {};  // fewer than the model's own, where it can
  std::string tenant = {};
  std::string caller = {};  // who asks: whose budgets it draws on
};

struct EmbedReply {
  std::vector<std::vector<float>> vectors;  // one a text, in their order, all of one length
  Usage usage;
  NanoUsd cost = 0;
  std::string target;  // the "backend/model" that answered
  std::string model;   // as the vendor names it
  int attempts = 1;
};

using EmbedOutcome = std::variant<ModelFailure, EmbedReply>;

// Makes texts into vectors: a backend or a router over them.
class Embedder {
 public:
  virtual ~Embedder() = default;
  // As Model::call. Vectors of different models do not compare: `target` of the reply says whose
  // they are.
  virtual awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) = 0;
};

}  // namespace yoke
