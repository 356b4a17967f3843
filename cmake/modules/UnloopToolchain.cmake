# Chooses the C compiler before project() does: the clang that belongs to the Swift toolchain. The kernels are embedded with
# #embed (C23), which the system's compiler may not know, and both languages share clang's module maps.

if(NOT DEFINED CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
    find_program(UNLOOP_SWIFTC swiftc)
    if(UNLOOP_SWIFTC)
        file(REAL_PATH "${UNLOOP_SWIFTC}" unloop_swiftc)
        get_filename_component(unloop_toolchain "${unloop_swiftc}" DIRECTORY)
        if(EXISTS "${unloop_toolchain}/clang")
            set(CMAKE_C_COMPILER "${unloop_toolchain}/clang")
        endif()
    endif()
endif()
