using Sanctum.Cli.Operators;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Runs;

/// <summary>Makes the environment of a run's program.</summary>
internal static class RunEnvironment
{
    // The operator's own: a program that has them is an operator.
    private static readonly string[] Operators = [Passphrases.Variable, OperatorConnection.TokenVariable];

    /// <summary>Sets proxy, certificates and placeholders. What would lead past the proxy is taken out.</summary>
    /// <param name="environment">The one of this process.</param>
    /// <param name="places">Where proxy and certificates are.</param>
    /// <param name="values">By variable: placeholders, and what files say.</param>
    public static void Prepare(RawEnvironment environment, RunPlaces places, IReadOnlyDictionary<string, string> values)
    {
        environment.Remove(name => RunVariable.IsStaleProxy(name) || Operators.Contains(name));
        foreach (var (name, value) in values)
        {
            environment.Set(name, value);
        }

        foreach (var variable in RunVariable.All)
        {
            environment.Set(variable.Name, places.ValueOf(variable.Value, environment.Get(variable.Name)));
        }
    }
}
