#include "hosts/app/images.h"

#include <filesystem>

#include "hosts/config/read_file.h"
#include "hosts/contents/media_types.h"
#include "runtime/base/base64.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Error wrong(std::string_view name, const std::string& what) {
  return Error{Errc::invalid, "image '" + shorten(printable(name), 200) + "': " + what};
}

Result<ImagePart> image_of_bytes(std::string_view name, std::string_view bytes) {
  if (bytes.size() > kImageBytesMax) {
    return wrong(name, "it is over " + std::to_string(kImageBytesMax >> 20) +
                           " MiB; make it smaller: models look at less than that");
  }
  ImagePart image;
  image.media_type = media_type_of_bytes(bytes);
  if (!image.media_type.starts_with("image/")) {
    return wrong(name, "it is no PNG, JPEG, GIF or WebP");
  }
  image.url = "data:" + image.media_type + ";base64," + to_base64(bytes);
  return image;
}

// What comes after "data:TYPE;base64,"; none when it is no such address.
std::optional<std::string_view> base64_in(std::string_view url) {
  constexpr std::string_view kMark = ";base64,";
  const std::size_t comma = url.substr(0, 200).find(kMark);
  if (!url.starts_with("data:") || comma == std::string_view::npos) return std::nullopt;
  return url.substr(comma + kMark.size());
}

Result<ImagePart> load_image(const std::string& name) {
  if (name.starts_with("https://") || name.starts_with("http://")) {
    ImagePart image;
    image.url = name;
    return image;
  }
  if (name.starts_with("data:")) {
    const auto encoded = base64_in(name);
    const auto bytes = encoded ? from_base64(*encoded) : std::nullopt;
    if (!bytes) return wrong(name.substr(0, 40), "it is no data: address with base64");
    return image_of_bytes(name.substr(0, 40), *bytes);
  }
  std::error_code none;
  if (std::filesystem::file_size(name, none) > kImageBytesMax && !none) {
    return image_of_bytes(name, std::string(kImageBytesMax + 1, '\0'));
  }
  const Result<std::string> bytes = read_file(name);
  if (!bytes) return wrong(name, bytes.error().message());
  return image_of_bytes(name, *bytes);
}

}  // namespace

Result<std::vector<ImagePart>> load_images(const std::vector<std::string>& names) {
  std::vector<ImagePart> images;
  std::size_t bytes = 0;
  for (const std::string& name : names) {
    Result<ImagePart> image = load_image(name);
    if (!image) return image.error();
    bytes += image->url.size() / 4 * 3;
    if (bytes > kImagesBytesMax) {
      return wrong(name, "with it the images are over " + std::to_string(kImagesBytesMax >> 20) +
                             " MiB together");
    }
    images.push_back(std::move(*image));
  }
  return images;
}

Result<std::string> bytes_of(const ImagePart& image) {
  const auto encoded = base64_in(image.url);
  if (!encoded) return std::string();
  std::optional<std::string> bytes = from_base64(*encoded);
  if (!bytes) return Error{Errc::invalid, "an image's base64 is damaged"};
  return std::move(*bytes);
}

}  // namespace yoke
