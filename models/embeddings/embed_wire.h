#pragma once

#include <string>
#include <vector>

#include "models/embeddings/quirks.h"
#include "models/wire/wire.h"
#include "runtime/ports/embedder.h"

namespace yoke {

inline constexpr std::size_t kEmbedTextsMax = 10'000;  // in one request of ours
inline constexpr std::size_t kEmbedTextBytesMax = 1u << 20;

// Some of a request's texts, in one request to a server. Pure.
//
// It is a Wire, so that it is sent as everything else is: its answer has no message, only usage,
// and the vectors are in `out`. Borrows all it is made of.
// Limits: vectors of at most 16,384 numbers.
class EmbedWire final : public Wire {
 public:
  struct Batch {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  EmbedWire(EmbedDialect dialect, const EmbedQuirks& quirks, const EmbedRequest& request,
            Batch batch, std::vector<std::vector<float>>& out)
      : dialect_(dialect), quirks_(quirks), request_(request), batch_(batch), out_(out) {}

  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  std::string origin(std::string_view backend, std::string_view model) const override;

 private:
  std::string wrong_with(const Json& answer) const;
  std::string wrong_vector(const Json& value, std::vector<float>& vector) const;
  Usage usage_in(const Json& answer, std::int64_t estimated) const;

  const EmbedDialect dialect_;
  const EmbedQuirks& quirks_;
  const EmbedRequest& request_;
  const Batch batch_;
  std::vector<std::vector<float>>& out_;
};

// The request's texts in as many pieces as a server takes at a time.
std::vector<EmbedWire::Batch> batches_of(EmbedDialect dialect, const EmbedQuirks& quirks,
                                         const EmbedRequest& request);

// What is wrong with a request before anybody is asked; empty when nothing is.
std::string wrong_with(const EmbedRequest& request);

}  // namespace yoke
