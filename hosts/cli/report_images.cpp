#include "hosts/cli/report_images.h"

#include <algorithm>
#include <array>

#include "hosts/app/images.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// Kinds that a browser shows as a picture and nothing else: no SVG, which is a document.
constexpr std::array<std::string_view, 4> kPictureStarts = {
    "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,",
    "data:image/webp;base64,"};

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

// Whether it can stand in a page as it is.
bool is_picture(std::string_view url) {
  return std::any_of(kPictureStarts.begin(), kPictureStarts.end(), [url](std::string_view start) {
    if (!url.starts_with(start)) return false;
    const std::string_view bytes = url.substr(start.size());
    return !bytes.empty() && std::all_of(bytes.begin(), bytes.end(), is_base64);
  });
}

}  // namespace

ReportImage ReportImages::take(const ImagePart& image) {
  ReportImage shown{describe(image), {}};
  if (!is_picture(image.url) || image.url.size() > kReportImagesMax - bytes_) return shown;
  bytes_ += image.url.size();
  shown.data = image.url;
  return shown;
}

std::vector<ReportImage> ReportImages::of(const Json& images) {
  std::vector<ReportImage> taken;
  for (const Json& one : images) {
    taken.push_back(take(ImagePart{string_at(one, "media_type"), string_at(one, "url")}));
  }
  return taken;
}

std::vector<ReportImage> ReportImages::of(const Message& message) {
  std::vector<ReportImage> taken;
  for (const Part& part : message.parts) {
    if (const auto* image = std::get_if<ImagePart>(&part)) taken.push_back(take(*image));
  }
  return taken;
}

}  // namespace yoke
