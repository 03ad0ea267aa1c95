using Spectre.Console;

namespace Sanctum.Cli.Terminals;

/// <summary>A spinner on stderr while something takes long. Apart from the rest so that quick commands load none of it.</summary>
internal static class Spinner
{
    public static async Task<T> RunAsync<T>(string what, Func<Task<T>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Status().Spinner(Spectre.Console.Spinner.Known.Dots)
            .StartAsync(Markup.Escape(what), _ => work())
            .ConfigureAwait(false);
    }
}
