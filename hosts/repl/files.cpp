#include "hosts/repl/files.h"

#include <algorithm>
#include <filesystem>

#include "hosts/app/images.h"
#include "hosts/config/read_file.h"
#include "hosts/contents/run_contents.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamesMax = 2000;

bool is_image_name(const std::string& name) {
  std::string ending = fs::path(name).extension().string();
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg" || ending == ".gif" ||
         ending == ".webp";
}

// A fence that is longer than any in the text.
std::string fence_for(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence;
}

Result<void> put_text(const std::string& file, std::uintmax_t size, FilledMessage& filled) {
  if (size > kPutFileBytesMax) {
    return Error{Errc::invalid, "@" + file + " is over 512 KiB; let a tool read it"};
  }
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  const bool is_text = is_valid_utf8(*text) && text->find('\0') == std::string::npos;
  if (!is_text) return Error{Errc::invalid, "@" + file + " is no text in UTF-8"};
  const std::string fence = fence_for(*text);
  filled.text +=
      "\n\n" + file + ":\n" + fence + "\n" + *text + (text->ends_with('\n') ? "" : "\n") + fence;
  const auto lines = std::count(text->begin(), text->end(), '\n');
  filled.notes.push_back(file + ", " + std::to_string(lines) + " lines");
  return {};
}

}  // namespace

Result<FilledMessage> fill_message(const TypedMessage& message) {
  FilledMessage filled;
  filled.text = message.text;
  for (const std::string& file : message.files) {
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) continue;
    const std::uintmax_t size = fs::file_size(file, failed);
    if (!is_image_name(file)) {
      const Result<void> put = put_text(file, size, filled);
      if (!put) return put.error();
      continue;
    }
    const Result<std::vector<ImagePart>> images = load_images({file});
    if (!images) return images.error();
    for (const ImagePart& image : *images) {
      filled.images.push_back(image.url);
      filled.notes.push_back(file + ", " + image_words(image));
    }
  }
  return filled;
}

std::vector<std::string> names_in_folder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  std::string place = folder.empty() ? "." : folder;
  if (place.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    if (home != nullptr) place = home + place.substr(1);
  }
  for (fs::directory_iterator each(place, failed), end; !failed && each != end;
       each.increment(failed)) {
    std::error_code unknown;
    const bool is_folder = each->is_directory(unknown);
    names.push_back(each->path().filename().string() + (is_folder ? "/" : ""));
    if (names.size() >= kNamesMax) break;
  }
  return names;
}

}  // namespace yoke
