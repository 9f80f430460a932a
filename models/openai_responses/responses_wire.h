#pragma once

#include "models/openai_responses/request.h"
#include "models/wire/wire.h"

namespace yoke::openai_responses {

// OpenAI's Responses, without anything kept at the vendor's.
class ResponsesWire final : public Wire {
 public:
  explicit ResponsesWire(const Dialect& dialect) : dialect_(dialect) {}

  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  std::size_t event_bytes_max() const override { return 16u << 20; }  // one may hold an image
  std::optional<EmbedDialect> embeddings() const override { return EmbedDialect::openai; }
  SchemaMode schema_mode(std::string_view) const override { return SchemaMode::native; }
  std::string origin(std::string_view backend, std::string_view model) const override;
  std::vector<std::string_view> own_fields() const override;

 private:
  const Dialect dialect_;
};

}  // namespace yoke::openai_responses
