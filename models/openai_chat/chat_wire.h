#pragma once

#include "models/openai_chat/profile.h"
#include "models/wire/wire.h"

namespace yoke::openai_chat {

// OpenAI's Chat Completions, or a vendor's dialect of it.
class ChatWire final : public Wire {
 public:
  explicit ChatWire(const Profile& profile) : profile_(profile) {}

  Result<WireRequest> encode(const ModelRequest& request, const ToolNames& names,
                             const WireForm& form) const override;
  ModelOutcome decode(std::string_view body, const ReplyContext& context,
                      DeltaSink sink) const override;
  std::unique_ptr<WireStream> stream(const ReplyContext& context, DeltaSink sink) const override;
  std::vector<std::string_view> own_fields() const override;
  std::size_t event_bytes_max() const override { return profile_.event_bytes_max; }
  std::optional<EmbedDialect> embeddings() const override { return EmbedDialect::openai; }
  bool can_continue(std::string_view model) const override;
  SchemaMode schema_mode(std::string_view model) const override;
  std::string origin(std::string_view backend, std::string_view model) const override;

 private:
  const Profile profile_;
};

}  // namespace yoke::openai_chat
