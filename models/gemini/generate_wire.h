#pragma once

#include "models/wire/wire.h"

namespace yoke::gemini {

// Gemini's generateContent and streamGenerateContent.
class GenerateWire final : public Wire {
 public:
  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  std::size_t event_bytes_max() const override { return 32u << 20; }  // it may be an image
  std::vector<std::string_view> own_fields() const override {
    return {"contents", "systemInstruction"};
  }
  std::optional<EmbedDialect> embeddings() const override { return EmbedDialect::gemini; }
  SchemaMode schema_mode(std::string_view) const override { return SchemaMode::native; }
  std::string origin(std::string_view backend, std::string_view model) const override;
};

}  // namespace yoke::gemini
