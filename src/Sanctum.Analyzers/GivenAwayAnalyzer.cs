using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Sanctum.Analyzers;

/// <summary>
/// Follows a retrieved secret within one method: from the call, or the variable with it, to what gives it away. That are logs, the console, text, static members
/// and the environment.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class GivenAwayAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.GivenAway];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterOperationBlockAction(Analyze);
    }

    private static void Analyze(OperationBlockAnalysisContext context)
    {
        foreach (var block in context.OperationBlocks)
        {
            var all = block.DescendantsAndSelf().ToList();
            var secrets = all.Where(ClientMethods.GivesSecret).ToList();
            if (secrets.Count == 0)
            {
                continue;
            }

            var names = Variables(all);
            foreach (var use in all)
            {
                if ((ClientMethods.GivesSecret(use) ? MethodOf(use) : VariableOf(use, names)) is { } source && Fate(Outermost(use)) is { } fate)
                {
                    context.ReportDiagnostic(Diagnostic.Create(Rules.GivenAway, use.Syntax.GetLocation(), source, fate));
                }
            }
        }
    }

    // Variables that are declared with a secret, or assigned one later.
    private static Dictionary<ISymbol, string> Variables(List<IOperation> all)
    {
        var variables = new Dictionary<ISymbol, string>(SymbolEqualityComparer.Default);
        foreach (var operation in all)
        {
            var (symbol, value) = operation switch
            {
                IVariableDeclaratorOperation declared => ((ISymbol)declared.Symbol, declared.Initializer?.Value),
                ISimpleAssignmentOperation { Target: ILocalReferenceOperation local } assigned => (local.Local, assigned.Value),
                _ => (null, null),
            };
            if (symbol is not null && value is not null && ClientMethods.Bare(value) is var bare && ClientMethods.GivesSecret(bare))
            {
                variables[symbol] = MethodOf(bare);
            }
        }

        return variables;
    }

    private static string? VariableOf(IOperation use, Dictionary<ISymbol, string> variables) =>
        use is ILocalReferenceOperation local && variables.TryGetValue(local.Local, out var method) ? method : null;

    private static string MethodOf(IOperation call) => ((IInvocationOperation)call).TargetMethod.Name;

    // From the call through what is around it and changes nothing: awaits, conversions, ConfigureAwait.
    private static IOperation Outermost(IOperation operation)
    {
        while (operation.Parent is { } parent && (parent is IAwaitOperation or IConversionOperation || (parent is IInvocationOperation { TargetMethod.Name: "ConfigureAwait" } call && call.Instance == operation)))
        {
            operation = parent;
        }

        return operation;
    }

    private static string? Fate(IOperation secret) => secret.Parent switch
    {
        IInterpolationOperation => "put into text",
        ISimpleAssignmentOperation { Target: IMemberReferenceOperation { Member.IsStatic: true } } assigned when assigned.Value == secret => "kept in a static member",
        IFieldInitializerOperation { InitializedFields: var fields } when fields.Any(field => field.IsStatic) => "kept in a static member",
        IArgumentOperation { Parent: IInvocationOperation call } => Fate(call.TargetMethod),
        IArrayInitializerOperation { Parent: IArrayCreationOperation { Parent: IArgumentOperation { Parent: IInvocationOperation call } } } => Fate(call.TargetMethod),
        ICollectionExpressionOperation { Parent: IArgumentOperation { Parent: IInvocationOperation call } } => Fate(call.TargetMethod),
        _ => null,
    };

    private static string? Fate(IMethodSymbol method) => (method.ContainingType.ToDisplayString(), method.Name) switch
    {
        ("System.Environment", "SetEnvironmentVariable") => "put into the environment",
        ("System.Console", "Write" or "WriteLine") => "printed",
        ("System.Diagnostics.Debug" or "System.Diagnostics.Trace", _) => "logged",
        ("Microsoft.Extensions.Logging.LoggerExtensions", _) => "logged",
        ("string", "Format" or "Concat") => "put into text",
        _ => null,
    };
}
