#pragma once

#include "models/wire/wire.h"

namespace yoke::anthropic {

// Anthropic's Messages.
class MessagesWire final : public Wire {
 public:
  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  std::vector<std::string_view> own_fields() const override {
    return {"model", "messages", "system", "max_tokens", "temperature", "stream"};
  }
  SchemaMode schema_mode(std::string_view) const override { return SchemaMode::native; }
  std::string origin(std::string_view backend, std::string_view model) const override;
};

}  // namespace yoke::anthropic
