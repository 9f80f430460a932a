#pragma once

#include <cstddef>
#include <string>

#include "hosts/screen/styled.h"

namespace yoke {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;

  bool operator==(const ScreenSize&) const = default;
};

// What stands below all that was said: calls in flight, the prompt, the status line.
struct LiveArea {
  StyledLines lines;  // each narrower than the screen
  std::size_t cursor_row = 0;
  std::size_t cursor_column = 0;

  bool operator==(const LiveArea&) const = default;
};

// The bytes that bring a terminal from what it shows to what it is to show: finished lines, which
// scroll away and are the terminal's from then on, and below them a live area that is drawn over.
// Pure; only what changed is written.
class LiveScreen {
 public:
  LiveScreen(ScreenSize size, bool colors) : size_(size), colors_(colors) {}

  const ScreenSize& size() const { return size_; }
  // Finished lines go above the area. An area of more rows than the screen loses its first ones.
  std::string update(const StyledLines& finished, LiveArea area);
  // All of the screen anew, after its size changed or somebody else wrote to it: the last of what
  // was finished, as it looks now, and the area.
  std::string repaint(ScreenSize size, const StyledLines& last, LiveArea area);
  // The area goes; the cursor stands at the start of the line where it was. For whoever writes
  // next.
  std::string leave();

 private:
  void fit(LiveArea& area) const;
  void to_top(std::string& bytes) const;
  void put_area(const LiveArea& area, std::string& bytes);
  bool put_changes(const LiveArea& area, std::string& bytes);

  ScreenSize size_;
  bool colors_;
  LiveArea shown_;
};

}  // namespace yoke
