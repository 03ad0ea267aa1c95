using Microsoft.Extensions.Hosting;

namespace Sanctum.Daemon.Hosting;

/// <summary>The default one takes the process's signals; the daemon has its own use for them.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
