#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/ports/embedder.h"

namespace yoke {

// A stand-in for an embedding model: it knows the groups of words in recall/senses.txt and nothing
// else. No neural model; the same text always gives the same vector.
class SenseVectors final : public Embedder {
 public:
  static constexpr std::size_t kDimensions = 512;

  explicit SenseVectors(const std::string& senses_file);
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
  std::vector<float> vector_of(const std::string& text) const;

 private:
  std::map<std::string, std::vector<int>> groups_;  // by stem: those it is in
};

}  // namespace yoke
