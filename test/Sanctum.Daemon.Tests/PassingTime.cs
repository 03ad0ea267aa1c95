using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Daemon.Tests;

/// <summary>A fake clock for those who wait on another thread, and may not have begun to.</summary>
internal static class PassingTime
{
    // What a step sets off is done by then. Where it is not, or the step came before anybody waited, there is another.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    /// <summary>Advances the clock until something is done.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="done">What is waited for.</param>
    /// <param name="step">How far at once.</param>
    /// <param name="most">How often at the most: before anything else expires.</param>
    public static async Task PassUntilAsync(this FakeTimeProvider time, Task done, TimeSpan step, int most)
    {
        for (var i = 0; i < most && !done.IsCompleted; i++)
        {
            time.Advance(step);
            await Task.WhenAny(done, Task.Delay(Step));
        }

        Assert.True(done.IsCompleted, $"it did not come about in {step * most}");
    }
}
