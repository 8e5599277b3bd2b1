package dev.aorta.backend.cpu;

import static dev.aorta.backend.cpu.CpuBuffer.read;
import static dev.aorta.backend.cpu.CpuBuffer.readOptional;
import static dev.aorta.backend.cpu.CpuBuffer.write;
import static dev.aorta.backend.cpu.CpuBuffer.writeOptional;

import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.RowShape;
import dev.aorta.backend.SgdStep;
import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.element.Losses;
import dev.aorta.backend.cpu.element.Norm;
import dev.aorta.backend.cpu.element.NormBounds;
import dev.aorta.backend.cpu.element.Optim;
import dev.aorta.backend.cpu.machine.Workspace;
import org.jspecify.annotations.Nullable;

/** The {@link dev.aorta.backend.TrainingKernels} of {@link CpuBackend}. */
abstract class CpuTraining implements Backend {
    final Workspace workspace;

    CpuTraining(Workspace workspace) {
        this.workspace = workspace;
    }

    @Override
    public void norm(Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, NormShape s) {
        Norm.forward(workspace, write(y), write(mean), write(invStd), read(x), read(gamma), read(beta), s);
    }

    @Override
    public void normGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            NormShape s) {
        normGrad(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, null, null, s);
    }

    private void normGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            @Nullable Buffer beta,
            @Nullable NormBounds bounds,
            NormShape s) {
        Norm.backward(
                workspace,
                writeOptional(dx),
                writeOptional(dgamma),
                writeOptional(dbeta),
                read(dy),
                read(x),
                read(mean),
                read(invStd),
                read(gamma),
                readOptional(beta),
                bounds,
                s);
    }

    @Override
    public void normThen(
            Buffer y, Buffer mean, Buffer invStd, Buffer x, Buffer gamma, Buffer beta, Unary then, NormShape s) {
        NormBounds bounds = NormBounds.of(then, s);
        if (bounds == null) {
            Backend.super.normThen(y, mean, invStd, x, gamma, beta, then, s);
        } else {
            Norm.forward(workspace, write(y), write(mean), write(invStd), read(x), read(gamma), read(beta), bounds, s);
        }
    }

    @Override
    public void normThenGrad(
            @Nullable Buffer dx,
            @Nullable Buffer dgamma,
            @Nullable Buffer dbeta,
            Buffer dy,
            Buffer y,
            Buffer x,
            Buffer mean,
            Buffer invStd,
            Buffer gamma,
            Buffer beta,
            Unary then,
            NormShape s) {
        NormBounds bounds = NormBounds.of(then, s);
        if (bounds == null) {
            Backend.super.normThenGrad(dx, dgamma, dbeta, dy, y, x, mean, invStd, gamma, beta, then, s);
        } else {
            normGrad(dx, dgamma, dbeta, dy, x, mean, invStd, gamma, beta, bounds, s);
        }
    }

    @Override
    public void updateRunning(Buffer runMean, Buffer runVar, Buffer mean, Buffer invStd, float momentum, NormShape s) {
        Norm.updateRunning(write(runMean), write(runVar), read(mean), read(invStd), momentum, s);
    }

    @Override
    public void normInference(
            Buffer y, Buffer x, Buffer mean, Buffer variance, Buffer gamma, Buffer beta, NormShape s) {
        Norm.inference(workspace, write(y), read(x), read(mean), read(variance), read(gamma), read(beta), s);
    }

    @Override
    public void softmax(Buffer y, Buffer x, RowShape s) {
        Losses.softmax(workspace.parallel(), write(y), read(x), s);
    }

    @Override
    public void softmaxGrad(Buffer dx, Buffer dy, Buffer y, RowShape s) {
        Losses.softmaxGrad(workspace.parallel(), write(dx), read(dy), read(y), s);
    }

    @Override
    public void focalLoss(
            Buffer loss,
            @Nullable Buffer grad,
            Buffer logits,
            Buffer labels,
            @Nullable Buffer weights,
            float focus,
            RowShape s) {
        Losses.focal(
                workspace.parallel(),
                write(loss),
                writeOptional(grad),
                read(logits),
                read(labels),
                readOptional(weights),
                focus,
                s);
    }

    @Override
    public void diceLoss(
            Buffer loss, @Nullable Buffer grad, Buffer logits, Buffer labels, float smooth, int batch, RowShape s) {
        Losses.dice(
                workspace.parallel(), write(loss), writeOptional(grad), read(logits), read(labels), smooth, batch, s);
    }

    @Override
    public void clipFactor(Buffer factor, Buffer sumOfSquares, float most) {
        double norm = Math.sqrt(read(sumOfSquares)[0]);
        write(factor)[0] = norm > most ? (float) (most / norm) : 1;
    }

    @Override
    public void sgd(Buffer w, @Nullable Buffer velocity, Buffer grad, SgdStep step) {
        Optim.sgd(workspace.parallel(), write(w), writeOptional(velocity), read(grad), step);
        CpuBuffer.written(w);
    }

    @Override
    public void adam(Buffer[] w, Buffer[] m, Buffer[] v, Buffer[] grad, AdamStep step) {
        for (int i = 0; i < w.length; i++) {
            Optim.adam(workspace.parallel(), write(w[i]), write(m[i]), write(v[i]), read(grad[i]), step);
            CpuBuffer.written(w[i]);
        }
    }
}
