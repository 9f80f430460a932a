#include "hosts/cli/run_task.h"

#include <iostream>
#include <iterator>

#include "hosts/app/images.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kStdinBytesMax = 1 << 20;

// What was piped in, when something was: it is part of the task.
Result<std::string> piped_input(const Terminal& terminal, const RunOptions& options) {
  if (terminal.in_is_terminal() || options.input_json == "-") return std::string();
  std::string text(kStdinBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.size() > kStdinBytesMax) {
    return Error{Errc::invalid,
                 "standard input is over 1 MiB; put it into a file that a tool reads"};
  }
  if (!is_valid_utf8(text)) return Error{Errc::invalid, "standard input is not valid UTF-8"};
  return text;
}

Result<Json> read_input(const RunOptions& options) {
  Json input = Json::object();
  if (!options.input_json.empty()) {
    std::string text;
    if (options.input_json == "-") {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      Result<std::string> read = read_file(options.input_json);
      if (!read) return read.error();
      text = std::move(*read);
    }
    Result<Json> parsed = parse_json(text);
    if (!parsed) return Error{Errc::invalid, parsed.error().detail, options.input_json};
    if (!parsed->is_object()) {
      return Error{Errc::invalid, "the input must be a JSON object", options.input_json};
    }
    input = std::move(*parsed);
  }
  for (const std::string& each : options.input) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::invalid, "--input '" + each + "': write NAME=VALUE"};
    }
    input[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return Result<Json>(boost::system::in_place_value, std::move(input));
}

}  // namespace

Result<RunTask> read_task(const Terminal& terminal, const RunOptions& options, bool needs_task) {
  RunTask wanted;
  Result<Json> input = read_input(options);
  if (!input) return input.error();
  const Result<std::string> piped = piped_input(terminal, options);
  if (!piped) return piped.error();
  wanted.task = options.task;
  if (!piped->empty()) wanted.task += (wanted.task.empty() ? "" : "\n\n") + *piped;
  if (!is_valid_utf8(wanted.task)) return Error{Errc::invalid, "the task is not valid UTF-8"};
  wanted.input = std::move(*input);
  Result<std::vector<ImagePart>> images = load_images(options.images);
  if (!images) return images.error();
  wanted.images = std::move(*images);
  if (needs_task && wanted.task.empty() && wanted.input.empty()) {
    return Error{Errc::invalid, "nothing to do: give a task, --input, or pipe one in"};
  }
  return wanted;
}

}  // namespace yoke
