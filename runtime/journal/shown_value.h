#pragma once

#include <vector>

#include "runtime/base/json.h"
#include "runtime/ports/message.h"

// Images in what tools give back. A value whose `content` is an array of blocks, as MCP has them,
// may hold {"type":"image","data":base64,"mimeType":"image/png"}: a model that sees is shown it,
// and whoever reads is told its type and size in its place. Pure.
namespace yoke {

inline constexpr std::size_t kShownImageBytesMax = 5u << 20;   // of one, decoded
inline constexpr std::size_t kShownImagesBytesMax = 8u << 20;  // of all in one value
inline constexpr std::size_t kShownImagesMax = 8;              // in one value, and in one view

// Whether a model can be shown a block with these: a type that every vendor takes, of a size that
// they take.
bool is_shown_image(const std::string& media_type, const std::string& base64);
// "[image/png, 1234 bytes]"
std::string image_words(const std::string& media_type, const std::string& base64);

struct ShownValue {
  Json read;  // the value, each image a text
  std::vector<ImagePart> images = {};
};
ShownValue shown_value(const Json& value);

// Leaves the newest images of tools alone, at most kShownImagesMax of kShownImagesBytesMax: what
// came before is told by its type and size.
void forget_old_images(std::vector<Message>& messages);

}  // namespace yoke
