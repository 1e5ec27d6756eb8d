/*
 * The exported dlopen: asks shim/dlopen.c what becomes of the call, and jumps to the real one.
 *
 * A jump, for the real dlopen tells by its return address who calls: the caller's RUNPATH is
 * searched, and the caller's namespace is the one that is added to. Assembly, because C promises
 * no tail call (gcc 12 makes none at -O0).
 */
        .text
        .globl  dlopen
        .type   dlopen, %function
        .hidden vespa_dlopen_call

#if defined(__x86_64__)

        .p2align 4
dlopen:
        .cfi_startproc
        endbr64
        movq    (%rsp), %rdx            /* the caller */
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        call    vespa_dlopen_call
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        movl    %edx, %esi
        jmp     *%rax
        .cfi_endproc

#elif defined(__aarch64__)

        .p2align 4
dlopen:
        .cfi_startproc
        hint    #34                     /* bti c */
        stp     x0, x30, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        .cfi_rel_offset x30, 8
        mov     x2, x30                 /* the caller */
        bl      vespa_dlopen_call
        mov     x16, x0
        ldp     x0, x30, [sp], #16
        .cfi_adjust_cfa_offset -16
        .cfi_restore x30
        br      x16                     /* the mode is in x1 already */
        .cfi_endproc

#else
#error "the jump to the real dlopen is written for x86-64 and aarch64"
#endif

        .size   dlopen, . - dlopen
        .section .note.GNU-stack, "", %progbits
