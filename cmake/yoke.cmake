# The build rules every folder shares: one static library a folder, one test binary a tested folder.
option(YOKE_TESTS "Build the tests" ON)
option(YOKE_BENCH "Build the benchmarks" OFF)
option(YOKE_FUZZ "Link the targets of tests/fuzz to libFuzzer (clang)" OFF)
option(YOKE_PORTABLE "Link what cpack packs: archives where there are any" OFF)
set(YOKE_SANITIZE "" CACHE STRING "address or thread: builds everything with that sanitizer")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(YOKE_CCACHE ccache)
if(YOKE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${YOKE_CCACHE}")
endif()

add_library(yoke_flags INTERFACE)
# What this build is strict about is no business of a program that links the installed libraries.
target_compile_options(yoke_flags INTERFACE
  $<BUILD_INTERFACE:-Wall> $<BUILD_INTERFACE:-Wextra> $<BUILD_INTERFACE:-Wpedantic>
  $<BUILD_INTERFACE:-Wnon-virtual-dtor> $<BUILD_INTERFACE:-Woverloaded-virtual>
  $<BUILD_INTERFACE:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely, when it optimises, of Asio's coroutine frames: it sees aligned_alloc() inlined
  # but not the free() that follows it.
  target_compile_options(yoke_flags INTERFACE -Wno-mismatched-new-delete)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Where files are compiled together, the private names of each are no longer those of the main file.
  target_compile_options(yoke_flags INTERFACE $<BUILD_INTERFACE:-Wno-subobject-linkage>)
endif()
target_include_directories(yoke_flags INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>" "$<INSTALL_INTERFACE:include/yoke>")
target_compile_features(yoke_flags INTERFACE cxx_std_20)
install(TARGETS yoke_flags EXPORT YokeTargets)
if(YOKE_SANITIZE)
  target_compile_options(yoke_flags INTERFACE -fsanitize=${YOKE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(yoke_flags INTERFACE -fsanitize=${YOKE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 warns falsely under the sanitizers (std::function, std::variant, atomic_thread_fence).
    target_compile_options(yoke_flags INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
endif()
if(YOKE_FUZZ)
  target_compile_options(yoke_flags INTERFACE -fsanitize=fuzzer-no-link,undefined
    -fno-sanitize=vptr,function -fno-sanitize-recover=undefined)
  target_link_options(yoke_flags INTERFACE -fsanitize=undefined)
endif()

# yoke_library(NAME SOURCES file... [PUBLIC lib...] [PRIVATE lib...]): the folder's static library.
function(yoke_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC yoke_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  install(TARGETS ${name} EXPORT YokeTargets ARCHIVE DESTINATION lib/yoke)
endfunction()

# yoke_test(NAME SOURCES file... LIBS lib... [LABELS slow]): one Catch2 binary; CTest learns of every
# case in it. What `dev/test --fast` shall leave out is labelled slow.
function(yoke_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} yoke_test_main)
  set(timeout 300)
  if("slow" IN_LIST ARG_LABELS)
    set(timeout 1200)
  endif()
  if(YOKE_SANITIZE)
    math(EXPR timeout "3 * ${timeout}")
  endif()
  set(properties TIMEOUT ${timeout})
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  # Without -w NoTests Catch2 passes when asked for a case that it does not have.
  catch_discover_tests(${name} TEST_PREFIX "${name}: " EXTRA_ARGS -w NoTests
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" PROPERTIES ${properties})
endfunction()

# yoke_bench(NAME_bench SOURCES file... LIBS lib...): a program that measures one question and prints
# rows of a Markdown table; dev/bench runs them all.
function(yoke_bench name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  if(NOT name MATCHES "_bench$")
    message(FATAL_ERROR "yoke_bench: '${name}' must end in _bench, or dev/bench does not find it")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
endfunction()
