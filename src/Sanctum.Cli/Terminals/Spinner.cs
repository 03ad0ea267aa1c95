namespace Sanctum.Cli.Terminals;

/// <summary>
/// Shows on stderr that something takes long. It moves by returning to the start of the line and is wiped by blanks: no escape sequences, which a recording of
/// the terminal would keep.
/// </summary>
internal static class Spinner
{
    private const string Frames = @"|/-\";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(120);

    public static async Task<T> RunAsync<T>(string what, Func<Task<T>> work, TextWriter errors)
    {
        var done = work();
        for (var frame = 0; !done.IsCompleted; frame++)
        {
            await errors.WriteAsync($"\r{Frames[frame % Frames.Length]} {what}").ConfigureAwait(false);
            await Task.WhenAny(done, Task.Delay(Pace, CancellationToken.None)).ConfigureAwait(false);
        }

        await errors.WriteAsync($"\r{new string(' ', what.Length + 2)}\r").ConfigureAwait(false);
        return await done.ConfigureAwait(false);
    }
}
