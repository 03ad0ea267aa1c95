namespace Sanctum.Upstream;

/// <summary>Where a response waits until the test lets it go on: how slowness is tested without being slow.</summary>
public sealed class Gate
{
    private readonly SemaphoreSlim _passes = new(0);

    /// <summary>Lets so many pass, now or when they come.</summary>
    public void Open(int passes = 1) => _passes.Release(passes);

    /// <summary>Waits until it is let pass.</summary>
    public Task PassAsync(CancellationToken clientLeft) => _passes.WaitAsync(clientLeft);
}
