# `cmake --install`: the program, the libraries and their headers, and what find_package(Yoke) reads.
include(CMakePackageConfigHelpers)

install(TARGETS yoke RUNTIME DESTINATION bin COMPONENT program)

# All of it under one name, for a program that embeds it: Yoke::Yoke.
add_library(Yoke INTERFACE)
target_link_libraries(Yoke INTERFACE yoke_hosts)
install(TARGETS Yoke EXPORT YokeTargets)
install(EXPORT YokeTargets NAMESPACE Yoke:: DESTINATION lib/cmake/Yoke)

foreach(folder runtime sandbox models tools agents trials hosts)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION include/yoke
    FILES_MATCHING PATTERN "*.h")
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/YokeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/YokeConfig.cmake" INSTALL_DESTINATION lib/cmake/Yoke)
# Before 1.0 a minor version may change what a program is compiled against.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/YokeConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/YokeConfig.cmake" "${PROJECT_BINARY_DIR}/YokeConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake" DESTINATION lib/cmake/Yoke)
