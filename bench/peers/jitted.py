"""JAX (`pip install jax`): the primal in JAX's own words, jitted with its gradient, in double precision, on one thread.

    call(kernel) -> a function of a count that calls it so often, for bench.timing.in_turns

Compilation is not counted, the call from Python is; so small functions say little about JAX.
"""
import os


def prepare():
    """Before JAX is imported for the first time."""
    os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax


def compiled(kernel):
    """(value and gradients, as a function; its arguments on JAX's side). Numbers that are no floats are known when it is compiled."""
    jax = prepare()
    args = kernel.problem().args
    known = tuple(k for k, a in enumerate(args) if isinstance(a, int))
    f = jax.jit(jax.value_and_grad(kernel.jax(), argnums=tuple(range(kernel.inputs))), static_argnums=known)
    given = tuple(a if k in known else jax.numpy.asarray(a) for k, a in enumerate(args))
    return f, given


def call(kernel):
    f, given = compiled(kernel)
    wait = prepare().block_until_ready
    wait(f(*given))

    def run(count):
        for _ in range(count):
            wait(f(*given))

    return run


def gradients(kernel):
    f, given = compiled(kernel)
    return f(*given)[1]
