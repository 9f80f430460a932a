#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/ports/message.h"

// What came into a run, or out of its models and tools, that is no text. Pure.
namespace yoke {

struct RunContent {
  std::string name;  // "image-7-1": the event and the place in it; "file-7-1" for what is no image
  std::string from;  // "task", the model's target, or the tool
  std::int64_t seq = 0;
  ImagePart image;         // of any type; an address where nothing of it is here
  std::string words = {};  // "image/png, 12.3 KB", "image at https://…"
};

// "image/png, 12.3 KB" or "image at https://…"; where told_value has put words in its place, those.
std::string image_words(const ImagePart& image);

// Of one event; `from` is empty for what a call came to, whose event does not say whose it was.
std::vector<RunContent> contents_of(const Event& event);
// In the journal's order.
std::vector<RunContent> contents_of(const std::vector<Event>& events);

}  // namespace yoke
