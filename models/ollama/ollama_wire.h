#pragma once

#include "models/wire/wire.h"

namespace yoke::ollama {

// Ollama's own /api/chat. A streamed reply is a JSON object a line, whole only with "done": true.
class OllamaWire final : public Wire {
 public:
  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  Framing framing() const override { return Framing::lines; }
  std::optional<EmbedDialect> embeddings() const override { return EmbedDialect::ollama; }
  bool can_continue(std::string_view) const override { return true; }
  SchemaMode schema_mode(std::string_view) const override { return SchemaMode::grammar; }
  std::string origin(std::string_view backend, std::string_view model) const override;
  std::vector<std::string_view> own_fields() const override;
};

}  // namespace yoke::ollama
