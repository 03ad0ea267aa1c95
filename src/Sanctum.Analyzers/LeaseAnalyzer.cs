using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Sanctum.Analyzers;

/// <summary>Finds leases in local variables that are neither declared with <c>using</c>, nor disposed, nor given to somebody else.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LeaseAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.NotDisposed];

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
            foreach (var declared in all.OfType<IVariableDeclaratorOperation>().Where(IsUnowned))
            {
                var uses = all.OfType<ILocalReferenceOperation>().Where(use => SymbolEqualityComparer.Default.Equals(use.Local, declared.Symbol));
                if (!uses.Any(IsHandedOn))
                {
                    context.ReportDiagnostic(Diagnostic.Create(Rules.NotDisposed, declared.Syntax.GetLocation(), declared.Symbol.Name));
                }
            }
        }
    }

    // Declared with a call that makes it; a variable for one that is somebody else's is no matter.
    private static bool IsUnowned(IVariableDeclaratorOperation declared) =>
        ClientMethods.IsLease(declared.Symbol.Type)
        && declared.Initializer?.Value is { } value && ClientMethods.Bare(value) is IInvocationOperation
        && !declared.Symbol.IsUsing;

    // Disposed, returned, assigned to something, or an argument of a call: then it is for whoever gets it.
    private static bool IsHandedOn(ILocalReferenceOperation use) => ClientMethods.Outer(use) switch
    {
        IInvocationOperation { TargetMethod.Name: "DisposeAsync" } => true,
        IReturnOperation or IArgumentOperation or IUsingOperation or ITupleOperation or IArrayInitializerOperation or ICollectionExpressionOperation => true,
        ISimpleAssignmentOperation assigned => assigned.Value.Syntax.Contains(use.Syntax),
        IVariableInitializerOperation => true,
        _ => false,
    };
}
