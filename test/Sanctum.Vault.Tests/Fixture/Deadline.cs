namespace Sanctum.Tests.Fixture;

/// <summary>Nothing here takes this long; what does, hangs.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(Long);

    public static Task InTime(this Task task) => task.WaitAsync(Long);

    public static void Await(this ManualResetEventSlim gate) => Assert.True(gate.Wait(Long), "nobody opened the gate");
}
