#include <filesystem>
#include <fstream>

#include "hosts/app/images.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

struct FoundImage {
  std::string name;  // "image-7-1"
  std::string who;   // "task" or the model's target
  ImagePart image;
};

// What came with the task, and what models answered with, in the journal's order.
std::vector<FoundImage> images_in(const std::vector<Event>& events) {
  std::vector<FoundImage> found;
  for (const Event& event : events) {
    std::vector<ImagePart> images;
    if (event.kind == EventKind::run_started) {
      for (const Json& one : member_at(event.fields, "images")) {
        images.push_back(ImagePart{string_at(one, "media_type"), string_at(one, "url")});
      }
    } else if (event.kind == EventKind::model_replied) {
      const Result<Message> message = message_from_json(member_at(event.fields, "message"));
      if (!message) continue;
      for (const Part& part : message->parts) {
        if (const auto* image = std::get_if<ImagePart>(&part)) images.push_back(*image);
      }
    }
    const std::string who = string_at(event.fields, "target", "task");
    for (ImagePart& image : images) {
      const std::string number = std::to_string(&image - images.data() + 1);
      found.push_back(
          FoundImage{"image-" + std::to_string(event.seq) + "-" + number, who, std::move(image)});
    }
  }
  return found;
}

Result<std::string> save(const FoundImage& found, const std::string& folder) {
  const Result<std::string> bytes = bytes_of(found.image);
  if (!bytes) return bytes.error();
  if (bytes->empty()) return std::string();  // an address: nothing of it is here
  const std::string file = (fs::path(folder) / (found.name + extension_of(found.image))).string();
  std::error_code none;
  fs::create_directories(folder, none);
  std::ofstream out(file, std::ios::binary);
  out.write(bytes->data(), static_cast<std::streamsize>(bytes->size()));
  out.close();
  if (!out) return Error{Errc::unavailable, "cannot write " + file};
  return file;
}

awaitable<int> images(OpenStore& open, Terminal& terminal, RunsOptions options, bool json) {
  const Result<std::string> id = co_await find_run(*open.store, options.id);
  if (!id) co_return fail(terminal, id.error());
  const Result<std::vector<Event>> events = co_await read_events(*open.store, *id);
  if (!events) co_return fail(terminal, events.error());
  const std::vector<FoundImage> found = images_in(*events);
  for (const FoundImage& one : found) {
    std::string file;
    if (!options.folder.empty()) {
      Result<std::string> saved = save(one, options.folder);
      if (!saved) co_return fail(terminal, saved.error());
      file = std::move(*saved);
    }
    if (json) {
      const Json line{{"name", one.name},
                      {"from", one.who},
                      {"media_type", one.image.media_type},
                      {"file", file}};
      terminal.out(to_text(line) + "\n");
    } else {
      const std::string where = file.empty() ? std::string() : "  " + file;
      terminal.out(one.name + "  " + printable(one.who) + "  " + describe(one.image) + where +
                   "\n");
    }
  }
  if (found.empty() && !json) terminal.line("no images in run " + *id);
  co_return kExitCompleted;
}

}  // namespace

int runs_images(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return images(open, terminal, options, common.json);
  });
}

}  // namespace yoke
