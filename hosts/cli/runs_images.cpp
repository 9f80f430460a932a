#include <filesystem>
#include <fstream>

#include "hosts/app/images.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/contents/media_types.h"
#include "hosts/contents/run_contents.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

Result<std::string> save(const RunContent& found, const std::string& folder) {
  const Result<std::string> bytes = bytes_of(found.image);
  if (!bytes) return bytes.error();
  if (bytes->empty()) return std::string();  // an address: nothing of it is here
  const std::string file =
      (fs::path(folder) / (found.name + std::string(extension_of_type(found.image.media_type))))
          .string();
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
  const std::vector<RunContent> found = contents_of(*events);
  for (const RunContent& one : found) {
    std::string file;
    if (!options.folder.empty()) {
      Result<std::string> saved = save(one, options.folder);
      if (!saved) co_return fail(terminal, saved.error());
      file = std::move(*saved);
    }
    if (json) {
      const Json line{{"name", one.name},
                      {"from", one.from},
                      {"media_type", one.image.media_type},
                      {"file", file}};
      terminal.out(to_text(line) + "\n");
    } else {
      const std::string where = file.empty() ? std::string() : "  " + file;
      terminal.out(one.name + "  " + printable(one.from) + "  " + one.words + where + "\n");
    }
  }
  if (found.empty() && !json)
    terminal.line("no images and nothing else that is no text in run " + *id);
  co_return kExitCompleted;
}

}  // namespace

int runs_images(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return images(open, terminal, options, common.json);
  });
}

}  // namespace yoke
