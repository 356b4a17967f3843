# unloop_c_library, unloop_swift_library and unloop_executable: one call describes one target of Package.swift.

include(GNUInstallDirs)
set(CMAKE_Swift_LANGUAGE_VERSION 6)
set(CMAKE_Swift_MODULE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/modules")
set(CMAKE_C_STANDARD 23)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(UNLOOP_INSTALL_HEADERS "${CMAKE_INSTALL_INCLUDEDIR}/unloop")
set(UNLOOP_INSTALL_MODULES "${CMAKE_INSTALL_LIBDIR}/unloop/modules")

# C sources with their headers in include/, seen by Swift as a module of the target's name.
function(unloop_c_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
    # Kernels without optimization are some twenty times slower: they are optimized in debug builds, and in builds of no type, too.
    target_compile_options(${name} PRIVATE "$<$<OR:$<CONFIG:Debug>,$<CONFIG:>>:-O3>")
    set(map "${CMAKE_CURRENT_BINARY_DIR}/module")
    file(CONFIGURE OUTPUT "${map}/module.modulemap"
        CONTENT "module ${name} {\n    umbrella header \"${CMAKE_CURRENT_SOURCE_DIR}/include/${name}.h\"\n    export *\n}\n")
    file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/installed/module.modulemap"
        CONTENT "module ${name} {\n    umbrella header \"${name}.h\"\n    export *\n}\n")
    target_include_directories(${name} PUBLIC
        "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
        "$<BUILD_INTERFACE:${map}>"
        "$<INSTALL_INTERFACE:${UNLOOP_INSTALL_HEADERS}/${name}>")
    install(TARGETS ${name} EXPORT UnloopTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    install(DIRECTORY include/ DESTINATION "${UNLOOP_INSTALL_HEADERS}/${name}" FILES_MATCHING PATTERN "*.h")
    install(FILES "${CMAKE_CURRENT_BINARY_DIR}/installed/module.modulemap"
        DESTINATION "${UNLOOP_INSTALL_HEADERS}/${name}")
endfunction()

function(unloop_swift_options name)
    # One module is compiled as a whole, as SwiftPM does in release builds; `package` access needs the package's name.
    target_compile_options(${name} PRIVATE
        "$<$<COMPILE_LANGUAGE:Swift>:SHELL:-package-name unloop>"
        "$<$<AND:$<COMPILE_LANGUAGE:Swift>,$<NOT:$<CONFIG:Debug>>>:-wmo>")
    if(UNLOOP_OPENCL)
        target_compile_definitions(${name} PRIVATE "$<$<COMPILE_LANGUAGE:Swift>:OpenCL>")
    endif()
    if(UNLOOP_FORMATS)
        target_compile_definitions(${name} PRIVATE "$<$<COMPILE_LANGUAGE:Swift>:Formats>")
    endif()
endfunction()

# A build without OpenCL leaves its backend out of the dependencies. That is decided here and not by a generator expression, which would
# be exported and then asked for a target of this name in the project that uses the package.
macro(unloop_drop_missing_backends dependencies)
    if(NOT UNLOOP_OPENCL)
        list(REMOVE_ITEM ${dependencies} UnloopOpenCL)
    endif()
endmacro()

function(unloop_swift_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
    unloop_drop_missing_backends(arg_DEPENDS)
    add_library(${name} STATIC ${arg_SOURCES})
    target_link_libraries(${name} PUBLIC ${arg_DEPENDS})
    unloop_swift_options(${name})
    set_target_properties(${name} PROPERTIES Swift_MODULE_NAME ${name})
    target_include_directories(${name} PUBLIC
        "$<BUILD_INTERFACE:${CMAKE_Swift_MODULE_DIRECTORY}>"
        "$<INSTALL_INTERFACE:${UNLOOP_INSTALL_MODULES}>")
    install(TARGETS ${name} EXPORT UnloopTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    install(FILES "${CMAKE_Swift_MODULE_DIRECTORY}/${name}.swiftmodule" DESTINATION "${UNLOOP_INSTALL_MODULES}")
endfunction()

function(unloop_executable name output)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;DEPENDS")
    unloop_drop_missing_backends(arg_DEPENDS)
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
    unloop_swift_options(${name})
    string(REPLACE "-" "_" module ${name})
    set_target_properties(${name} PROPERTIES Swift_MODULE_NAME ${module} OUTPUT_NAME ${output})
    install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endfunction()
