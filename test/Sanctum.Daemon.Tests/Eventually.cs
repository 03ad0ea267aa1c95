namespace Sanctum.Daemon.Tests;

/// <summary>Waits, with a deadline, for what another thread or process is about to do.</summary>
internal static class Eventually
{
    public static async Task Async(Func<Task<bool>> holds)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await holds())
        {
            Assert.False(deadline.IsCancellationRequested, "it did not come about within two minutes");
            await Task.Delay(10);
        }
    }

    public static Task Async(Func<bool> holds) => Async(() => Task.FromResult(holds()));
}
