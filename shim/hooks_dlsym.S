/*
 * The exported dlsym: asks shim/dlsym.c what becomes of the call, and jumps to the real one or
 * returns the answer.
 *
 * A jump, for the real dlsym tells by its return address who calls: RTLD_NEXT is what comes behind
 * the caller. Assembly, because C promises no tail call (gcc 12 makes none at -O0).
 */
        .text
        .globl  dlsym
        .type   dlsym, %function
        .hidden vespa_dlsym_call

#if defined(__x86_64__)

        .p2align 4
dlsym:
        .cfi_startproc
        endbr64
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        pushq   %rsi
        .cfi_adjust_cfa_offset 8
        movq    16(%rsp), %rdx          /* the caller */
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        call    vespa_dlsym_call
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %rsi
        .cfi_adjust_cfa_offset -8
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        testq   %rax, %rax
        jz      1f
        jmp     *%rax
1:      movq    %rdx, %rax
        ret
        .cfi_endproc

#elif defined(__aarch64__)

        .p2align 4
dlsym:
        .cfi_startproc
        hint    #34                     /* bti c */
        stp     x0, x1, [sp, #-32]!
        .cfi_adjust_cfa_offset 32
        str     x30, [sp, #16]
        .cfi_rel_offset x30, 16
        mov     x2, x30                 /* the caller */
        bl      vespa_dlsym_call
        mov     x16, x0
        mov     x17, x1
        ldr     x30, [sp, #16]
        .cfi_restore x30
        ldp     x0, x1, [sp], #32
        .cfi_adjust_cfa_offset -32
        cbz     x16, 1f
        br      x16
1:      mov     x0, x17
        ret
        .cfi_endproc

#else
#error "the jump to the real dlsym is written for x86-64 and aarch64"
#endif

        .size   dlsym, . - dlsym
        .section .note.GNU-stack, "", %progbits
